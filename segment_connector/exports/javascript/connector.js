'use strict';

/**
 * The connector in JavaScript: the specs of `actions.json`, their templates, and calls made of them.
 *
 * It opens no socket: a host passes `send`, which takes `{method, url, headers, content}` and resolves to
 * `{status, headers, text}` whatever the status is.
 */

const { outputsOf, outputsOfParts } = require('./answer');
const { checkedConnection } = require('./connection');
const { readHostInputs } = require('./host_inputs');
const { InputError } = require('./input_error');
const { didYouMean } = require('./near_names');
const { optionsOf, pagesOf } = require('./pages');
const { partsOf, prepare } = require('./prepared_inputs');
const { render, signed } = require('./request');
const { has } = require('./template_language');

/** Bytes that signing may add to a body. */
const SIGNED_BYTES = 200;

class Connector {
	/**
	 * @param {object} spec what `actions.json` holds
	 * @param {object} templates what `templates.js` holds: functions by action, and by API
	 */
	constructor(spec, templates) {
		this.spec = { ...spec, apis: {} };
		for (const [name, api] of Object.entries(spec.apis)) {
			this.spec.apis[name] = { ...api, name, templates: templates.apis[name] ?? {} };
		}
		this.actions = {};
		for (const [name, action] of Object.entries(spec.actions)) {
			this.actions[name] = {
				...action,
				name,
				templates: templates.actions[name] ?? {},
				schema: {
					type: 'object',
					properties: action.parameters,
					required: action.required,
					additionalProperties: false,
				},
			};
		}
		this.find = (name) => this.action(name);
	}

	/** The spec of an action. */
	action(name) {
		if (has(this.actions, name)) return this.actions[name];
		const near = didYouMean(name, Object.keys(this.actions));
		throw new InputError('unknown_action', `there is no action '${name}'`, near ?? 'look into the list of actions');
	}

	/** The inputs of an action from what a host gives: numbers as text, '' for not given, JSON as text. */
	inputs(name, given) {
		return readHostInputs(this.action(name), given, this.find);
	}

	/** The connection that a host's form describes: region, credentials and addresses. */
	connection(given) {
		return checkedConnection(this.spec, given);
	}

	/**
	 * The requests that a call makes; nothing is sent.
	 *
	 * @param {{now: string, newId: () => string}} moment the instant of the call, and what makes ids
	 * @returns `requests`, each with `request`, `values` and, for a list of calls, `places`; and `prepared`
	 * @throws {InputError} with every problem
	 */
	plan(name, inputs, connection, moment) {
		const action = this.action(name);
		const prepared = prepare(action, inputs, moment, this.find);
		const checked = this.connection(connection);
		const rendered = (values) => render(this.spec, action, values, checked, moment.now);
		if (!action.split) {
			return { prepared, requests: [{ request: rendered(prepared.values), values: prepared.values }] };
		}
		const hollow = rendered({ ...prepared.values, [action.split.parameter]: [] });
		const envelope = Buffer.byteLength(hollow.content) + SIGNED_BYTES;
		const requests = partsOf(action, prepared, envelope).map(({ values, places }) => ({
			request: rendered(values),
			values,
			places,
		}));
		return { prepared, requests };
	}

	/** A planned request with the connection's credential, as it is sent. */
	signed(request, connection) {
		return signed(this.spec, request, this.connection(connection));
	}

	/**
	 * Call an action.
	 *
	 * @param {{send: Function, moment: object, isSigned?: boolean}} io `isSigned: false` leaves signing to `send`
	 * @returns {Promise<object>} its outputs
	 * @throws {InputError} before anything is sent; {ServiceError} for what the service says
	 */
	async call(name, inputs, connection, { send, moment, isSigned = true }) {
		const action = this.action(name);
		const { prepared, requests } = this.plan(name, inputs, connection, moment);
		let outputs = {};
		for (const { request, values } of requests) {
			const signed = this.signed(request, connection);
			const answer = await send(isSigned ? signed : request);
			outputs = outputsOf(this.spec, action, request, values, connection, answer);
		}
		if (!action.split) return outputs;
		const { accepted, refused } = prepared;
		return outputsOfParts(action, prepared.values, { accepted: accepted.length, requests: requests.length, refused });
	}

	/** Every page of an action's list, each with `items`. */
	pages(name, inputs, connection, io) {
		return pagesOf(this.action(name), inputs, (values) => this.call(name, values, connection, io));
	}

	/** A part of a parameter's dropdown: `items` with `value` and `label`, and `next`. */
	options(name, parameter, inputs, connection, io, wanted = {}) {
		const run = (lister, values) => this.call(lister, values, connection, io);
		return optionsOf(this.action(name), parameter, inputs, this.find, run, wanted);
	}
}

module.exports = { Connector };
