'use strict';

const { InputError } = require('./input_error');

const MOST_WAITS = 30;

/** What the service refused, or could not do; `problems` has all of it, and the message the cures. */
class CallError extends InputError {
	/**
	 * @param {object[]} problems at least one, the most important first
	 * @param {{status?: number, retryable?: boolean, retryAfter?: number}} more the HTTP status; whether a repeat may help;
	 *   and after how many seconds
	 */
	constructor(problems, { status, retryable = false, retryAfter } = {}) {
		super(problems);
		this.name = 'CallError';
		Object.assign(this, { code: problems[0].code, status, retryable, retryAfter });
	}
}

/**
 * Speaks to the HTTP API of `serve`, by whatever way a host sends requests.
 *
 * @typedef {{method: string, url: string, headers: Object<string, string>, body?: string}} HttpRequest
 * @typedef {{status: number, headers: {get(name: string): string | null | undefined}, text: string}} HttpAnswer
 */
class ServiceClient {
	/**
	 * @param {{url: string, token: string, connection?: string}} server its address; its token; and the name of one of its
	 *   connections, where it is not to take the one of its environment.
	 * @param {(request: HttpRequest) => Promise<HttpAnswer>} send sends a request and gives any answer, whatever its status.
	 * @param {(seconds: number) => Promise<void>} [wait] lets the result of a call that is under way be waited for, when the
	 *   same call comes again; without it the second is refused.
	 */
	constructor({ url, token, connection }, send, wait) {
		this.url = (url ?? '').replace(/\/+$/, '');
		this.headers = { Accept: 'application/json', Authorization: `Bearer ${token ?? ''}` };
		this.named = connection ? { connection } : {};
		this.send = send;
		this.wait = wait;
	}

	/**
	 * Calls an action.
	 *
	 * @param {{key?: string, confirm?: boolean}} [more] a key under which the call counts once; and a yes to what the action
	 *   asks first.
	 * @returns {Promise<{outputs: object, warnings?: object[], meta: object}>}
	 * @throws {CallError} naming place, rule and cure.
	 */
	run(action, inputs, { key, confirm } = {}) {
		const body = { inputs, ...this.named, ...(confirm ? { confirm } : {}) };
		return this.ask('POST', `/v1/actions/${encodeURIComponent(action)}/run`, body, key ? { 'Idempotency-Key': key } : {});
	}

	/**
	 * The entries of a dropdown.
	 *
	 * @param {'actions'|'triggers'} kind whose parameter it is.
	 * @param {{inputs?: object, search?: string, cursor?: string}} asked what is filled in so far; what entries must hold;
	 *   `next` of the part before.
	 * @returns {Promise<{items: {value: *, label: string}[], next: string | null}>}
	 */
	options(kind, name, parameter, { inputs = {}, search, cursor } = {}) {
		const query = new URLSearchParams({ ...(search ? { search } : {}), ...(cursor ? { cursor } : {}) });
		const path = `/v1/${kind}/${encodeURIComponent(name)}/options/${encodeURIComponent(parameter)}`;
		return this.ask('POST', query.size ? `${path}?${query}` : path, { inputs, ...this.named });
	}

	/** What can be verified of the connection. */
	test() {
		return this.ask('POST', '/v1/connections/test', this.named);
	}

	/** The address of a subscription, or of something below it. */
	subscriptionPath(trigger, id, below = '') {
		return `/v1/triggers/${encodeURIComponent(trigger)}/subscriptions/${encodeURIComponent(id)}${below}`;
	}

	/**
	 * Subscribes to a trigger; with the id of a subscription that is there, it is set up anew.
	 *
	 * @param {{id?: string, inputs: object, every?: number, callback?: {url: string, secret?: string}}} wanted
	 */
	subscribe(trigger, wanted) {
		return this.ask('POST', `/v1/triggers/${encodeURIComponent(trigger)}/subscriptions`, { ...this.named, ...wanted });
	}

	/** A subscription; null when there is none. */
	subscription(trigger, id) {
		return this.ask('GET', this.subscriptionPath(trigger, id)).catch(orNothing);
	}

	/** Takes a subscription down; one that is not there is down already. */
	unsubscribe(trigger, id) {
		return this.ask('DELETE', this.subscriptionPath(trigger, id)).catch(orNothing);
	}

	async ask(method, path, body, headers = {}) {
		const request = { method, url: this.url + path, headers: { ...this.headers, ...headers } };
		if (body !== undefined) {
			request.headers['Content-Type'] = 'application/json';
			request.body = JSON.stringify(body);
		}
		for (let waits = 0; ; waits += 1) {
			const answer = await this.send(request);
			const after = Number(answer.headers.get('retry-after'));
			if (answer.status !== 409 || !after || !this.wait || waits === MOST_WAITS) return readAnswer(answer);
			await this.wait(after);
		}
	}
}

/**
 * What an answer says.
 *
 * @throws {CallError} unless it tells a success.
 */
function readAnswer({ status, headers, text }) {
	let told;
	try {
		told = text ? JSON.parse(text) : {};
	} catch {
		told = undefined;
	}
	if (status >= 200 && status < 300 && told !== undefined) return told;
	const known = told?.code && told.message;
	const problems = Array.isArray(told?.problems) && told.problems.length ? told.problems : [told];
	const after = Number(headers.get('retry-after'));
	throw new CallError(
		known ? problems : [{
			code: 'not_the_service', message: `the server answered ${status}, and not as the connector's service does`,
			hint: 'check the address of the server',
		}],
		{ status: told?.service_status ?? status, retryable: told?.retryable ?? status >= 500, retryAfter: after || undefined },
	);
}

/** The problem of a server that does not answer. */
function noAnswer(url, why) {
	const problem = {
		code: 'no_answer', message: `the connector's service at ${url} does not answer: ${why}`,
		hint: 'start it, or mend its address; with the same message a repeat counts once',
	};
	return new CallError([problem], { retryable: true });
}

function orNothing(error) {
	if (error.code === 'unknown_subscription') return null;
	throw error;
}

module.exports = { CallError, ServiceClient, noAnswer, readAnswer };
