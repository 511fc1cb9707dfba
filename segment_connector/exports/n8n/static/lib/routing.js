'use strict';

/**
 * How n8n's declarative engine calls an action: it hands every item to `run`, which sends what the action makes of it by
 * the engine's own request, so that its options (proxy, timeout, batching) and the credential hold.
 */

const { connector } = require('./connectors');
const { InputError } = require('./input_error');
const { momentOf } = require('./moment');
const { nodeError } = require('./node_errors');
const { chosen, inputsOf } = require('./node_inputs');
const way = require('./way');

/** An answer as an item, whatever its status is: `run` reads it. */
async function answerItem(_items, { statusCode, headers, body }) {
	return [{ json: { status: statusCode, headers, text: body ?? '' } }];
}

/** What `run` sends by; `engine` sends the options of a request and gives the answer as an item. */
function sender(options, engine) {
	return async ({ method, url, headers, content }) => {
		const request = { ...options, method, url, headers, encoding: 'text', ignoreHttpStatusErrors: true };
		delete request.baseURL;
		delete request.qs;
		if (content === undefined) delete request.body;
		else request.body = content;
		const [{ json }] = await engine(request);
		return json;
	};
}

/** Refuse what deletes or replaces until the question that it asks was answered. */
function askFirst(action, parameter) {
	if (action.confirm && parameter('confirmed', false) !== true) {
		throw new InputError('confirm', 'asks first, and nothing was sent', `${action.confirm} Switch Confirm on if so`, 'confirmed');
	}
}

function runOf(forms, credentialName) {
	return async function run(requestData) {
		const parameter = (name, fallback) => this.getNodeParameter(name, fallback);
		const name = parameter('operation');
		try {
			const action = connector.action(name);
			askFirst(action, parameter);
			const inputs = inputsOf(action, forms[name], parameter, this.getTimezone());
			const credential = await this.getCredentials(credentialName);
			const engine = (options) => this.makeRoutingRequest({ ...requestData, options });
			const io = { send: sender(requestData.options, engine), moment: momentOf(this), context: this };
			if (!action.paging.length) return itemsOf(await way.call(action, inputs, credential, io));
			const most = parameter('returnAll', false) ? Infinity : parameter('limit', 50);
			const items = [];
			for await (const page of way.pages(action, inputs, credential, io)) {
				items.push(...page.items);
				if (items.length >= most) break;
			}
			return items.slice(0, most).flatMap(itemsOf);
		} catch (error) {
			throw nodeError(this.getNode(), error, this.getItemIndex());
		}
	};
}

const itemsOf = (value) => [{ json: value !== null && typeof value === 'object' && !Array.isArray(value) ? value : { value } }];

/** The description of the node with the functions by which the engine runs it. */
function routed({ forms, ...description }) {
	const routing = {
		request: { method: 'GET', url: '/' },
		send: { paginate: true },
		operations: { pagination: runOf(forms, description.credentials[0].name) },
		output: { postReceive: [answerItem] },
	};
	const properties = description.properties.map((property) =>
		property.name === 'resource' ? { ...property, routing } : property,
	);
	return { ...description, properties };
}

/** What a form sends its requests by, where no item runs. */
function formIo(context, credentialName) {
	const send = sender({}, async (options) => {
		const sent = { ...options, returnFullResponse: true };
		const { statusCode, headers, body } = await context.helpers.httpRequestWithAuthentication.call(context, credentialName, sent);
		return answerItem([], { statusCode, headers, body });
	});
	return { send, moment: { now: new Date().toISOString(), newId: () => '' } };
}

/** The values filled in so far, by the names of parameters. */
function filledIn(context, spec) {
	const current = context.getCurrentNodeParameters() ?? {};
	const all = { ...current.additionalFields, ...current };
	return Object.fromEntries(Object.keys(spec.parameters).map((name) => [name, chosen(all[name] ?? all[`${name}Input`])]));
}

async function valuesOf(context, credentialName, spec, parameter, wanted) {
	try {
		const credential = await context.getCredentials(credentialName);
		const io = formIo(context, credentialName);
		return await way.options(spec, parameter, filledIn(context, spec), credential, io, wanted);
	} catch (error) {
		throw nodeError(context.getNode(), error);
	}
}

const named = ({ items }) => items.map(({ label, value }) => ({ name: label, value }));

/** Every value of a parameter, for a list that is not searched. */
async function allValues(context, credentialName, spec, parameter) {
	const found = [];
	let cursor = null;
	do {
		const part = await valuesOf(context, credentialName, spec, parameter, { cursor });
		found.push(...named(part));
		cursor = part.next;
	} while (cursor !== null);
	return found;
}

/** The methods by which lists of values are read: `<action>.<parameter>`; `specs` are actions or triggers. */
function methodsFor(specs, credentialName) {
	const loadOptions = {};
	const listSearch = {};
	for (const spec of specs) {
		for (const [name, schema] of Object.entries(spec.parameters)) {
			if (!schema.options && !schema.items?.options) continue;
			loadOptions[`${spec.name}.${name}`] = function load() {
				return allValues(this, credentialName, spec, name);
			};
			listSearch[`${spec.name}.${name}`] = async function search(text, token) {
				const wanted = { search: text || undefined, cursor: token ? JSON.parse(token) : null };
				const part = await valuesOf(this, credentialName, spec, name, wanted);
				return { results: named(part), paginationToken: part.next === null ? undefined : JSON.stringify(part.next) };
			};
		}
	}
	return { loadOptions, listSearch };
}

/** The methods of the node. */
const methodsOf = ({ credentials }) => methodsFor(Object.values(connector.actions), credentials[0].name);

module.exports = { formIo, methodsFor, methodsOf, routed };
