'use strict';

/** From an answer to outputs, or to an error that says what the status means and how to mend it. */

const { hasSecret } = require('./schema_check');
const { has, isObject, truthy } = require('./template_language');

const MESSAGE = 500;
const START = 200;
const MASK = '***';
const NO_ANSWER = {
	code: 'unexpected_status',
	hint: "no service answers like this: check the server's address and what answers there",
};
const UNNAMED = {
	304: {
		code: 'not_modified',
		hint: 'it came from a cache, which must not answer this request: check the proxy in between',
	},
	default_3xx: { code: 'redirected', hint: "check the server's address; redirects are not followed" },
	default_4xx: { code: 'refused', hint: "see the message and the action's documentation" },
	default_5xx: { code: 'server_error', hint: 'try again later' },
};
const NOT_JSON =
	'the address or a proxy in between is wrong, or the service is down: check what answers there';

/** What the service said no to, or answered so that nobody can read it. */
class ServiceError extends Error {
	constructor({ code, message, hint, field, status, isRetryable = false, retryAfter, details }) {
		super(message);
		this.name = 'ServiceError';
		Object.assign(this, { code, hint, field, status, isRetryable, retryAfter, details });
	}
}

/** Text, or a JSON value, with each secret of a connection masked. */
function redacted(value, secrets) {
	if (typeof value === 'string') return secrets.reduce((text, secret) => text.replaceAll(secret, MASK), value);
	if (Array.isArray(value)) return value.map((item) => redacted(item, secrets));
	if (!isObject(value)) return value;
	return Object.fromEntries(
		Object.entries(value).map(([name, item]) => [redacted(name, secrets), redacted(item, secrets)]),
	);
}

/** The secrets of a connection, in each form in which an answer may repeat them. */
function secretsOf(spec, connection) {
	const texts = (value, schema) => {
		if (isObject(value)) {
			return Object.entries(value).flatMap(([name, item]) => texts(item, schema.properties?.[name] ?? schema));
		}
		return hasSecret(schema) && value ? [String(value)] : [];
	};
	const plain = Object.entries(spec.connection).flatMap(([name, schema]) => texts(connection[name], schema));
	const encoded = plain.map((text) => Buffer.from(`${text}:`).toString('base64'));
	return [...plain, ...encoded, ...plain.map(encodeURIComponent)].sort((one, other) => other.length - one.length);
}

/** What a status means: the action's own word for it, else the API's, else a general one. */
function errorCase(status, action, api) {
	const names = [String(status), `default_${Math.floor(status / 100)}xx`];
	for (const name of names) {
		for (const errors of [action.errors, api.errors]) if (has(errors, name)) return errors[name];
	}
	if (status >= 200 && status < 300) return UNNAMED.default_4xx;
	return UNNAMED[names.find((name) => has(UNNAMED, name))] ?? NO_ANSWER;
}

function isRetryable(status, action, api) {
	const { statuses, not_idempotent: always } = api.retry;
	const verdict = statuses[String(status)] ?? statuses[`default_${Math.floor(status / 100)}xx`];
	return verdict === 'retry' && (action.idempotent || always.includes(String(status)));
}

/** The seconds that an answer asks to wait, by its header or its body. */
function askedWait(api, answer, response) {
	const header = headerOf(answer, 'retry-after');
	if (header !== undefined) {
		const seconds = Number(header);
		const wait = Number.isNaN(seconds) ? (Date.parse(header) - Date.now()) / 1000 : seconds;
		return wait > 0 ? Math.ceil(wait) : undefined;
	}
	const wanted = api.templates.retry_after_ms?.({ response });
	return typeof wanted === 'number' && wanted > 0 ? Math.ceil(wanted / 1000) : undefined;
}

function headerOf(answer, wanted) {
	return Object.entries(answer.headers ?? {}).find(([name]) => name.toLowerCase() === wanted)?.[1];
}

function bodyOf(text) {
	if (!text) return { body: null, isReadable: false };
	try {
		return { body: JSON.parse(text), isReadable: true };
	} catch {
		return { body: null, isReadable: false };
	}
}

/** A field as the service names it, in the caller's terms: from the first part on that is a parameter. */
function parameterOf(field, action) {
	const parts = field.split('.');
	const first = parts.findIndex((part) => has(action.parameters, part));
	return parts.slice(Math.max(first, 0)).join('.');
}

function statusText(status) {
	if (status === 304) return ' (not modified), without content';
	if (status >= 300 && status < 400) return ' with a redirect elsewhere';
	return status >= 200 && status < 600 ? '' : ', which is not an HTTP answer';
}

/**
 * The outputs that an answer makes.
 *
 * @param {object} values the inputs that were sent
 * @param {{status: number, headers: object, text: string}} answer
 * @throws {ServiceError} when the service refused, or answered what nobody can read
 */
function outputsOf(spec, action, request, values, connection, answer) {
	const api = spec.apis[request.api];
	const { status, text = '' } = answer;
	const { body, isReadable } = bodyOf(text);
	const secrets = secretsOf(spec, connection);
	const host = new URL(request.url).host;
	const isGood = status >= 200 && status < 300;
	const said = text.trim();
	if (isGood && !isReadable && (text || api.answer.empty === 'refused') && !api.answer.accepted_texts.includes(said)) {
		throw new ServiceError({
			code: 'unexpected_answer',
			message: `${host} answered ${status} with ${text ? 'no JSON' : 'nothing'}`,
			hint: NOT_JSON,
			status,
			details: redacted(said, secrets).slice(0, START),
		});
	}
	const headers = Object.fromEntries(Object.entries(answer.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
	const response = { status, body, headers };
	if (!isGood || truthy(api.templates.refused_when?.({ response }))) {
		throw refusal(action, api, host, answer, response, secrets);
	}
	return action.templates.outputs?.({ input: values, response }) ?? {};
}

function refusal(action, api, host, answer, response, secrets) {
	const { status } = response;
	const found = errorCase(status, action, api);
	const { message, field, details = response.body } = api.templates.error?.({ response }) ?? {};
	const told =
		typeof message === 'string' && message ? `: ${redacted(message, secrets).slice(0, MESSAGE)}` : statusText(status);
	return new ServiceError({
		code: found.code,
		message: `${host} answered ${status}${told}`,
		hint: found.hint,
		field: typeof field === 'string' ? redacted(parameterOf(field, action), secrets) : undefined,
		status,
		isRetryable: isRetryable(status, action, api),
		retryAfter: askedWait(api, answer, response),
		details: redacted(details ?? (answer.text ?? '').slice(0, START), secrets),
	});
}

/** The outputs of a list of calls that was sent in parts. */
function outputsOfParts(action, values, { accepted, requests, refused }) {
	const listed = refused.map(({ index, problems: [{ code, field = null, message, hint = null }] }) => ({
		index,
		code,
		field,
		message,
		hint,
	}));
	const names = {
		input: values,
		response: { status: 200, body: null, headers: {} },
		split: { accepted, requests, refused: listed },
	};
	return action.templates.outputs(names);
}

module.exports = { ServiceError, outputsOf, outputsOfParts, secretsOf };
