'use strict';

/** A connection: region, credentials and addresses, checked, and what it tells of a call. */

const { InputError } = require('./input_error');
const { hasSecret, problemsOf } = require('./schema_check');
const { at, has } = require('./template_language');

const member = (connection, dotted) => at(connection, ...dotted.split('.'));

/**
 * The connection that a host's form describes, with what was not filled in taken from the defaults.
 *
 * @throws {InputError} naming each member that is wrong, never with a secret
 */
function checkedConnection(spec, given) {
	const values = Object.fromEntries(
		Object.entries(given).filter(([, value]) => value !== '' && value !== null && value !== undefined),
	);
	for (const [name, schema] of Object.entries(spec.connection)) {
		if (!has(values, name) && has(schema, 'default')) values[name] = schema.default;
	}
	const schema = { type: 'object', properties: spec.connection, additionalProperties: false };
	const problems = problemsOf(schema, values, [], 'property of a connection');
	if (problems.length) throw new InputError(problems);
	return values;
}

/** The members that are not secret: all that templates can see. */
function publicPart(spec, connection) {
	const isPublic = ([name]) => has(spec.connection, name) && !hasSecret(spec.connection[name]);
	return Object.fromEntries(Object.entries(connection).filter(isPublic));
}

function withoutEnd(url, end) {
	const cut = end && url.endsWith(end) ? url.slice(0, -end.length) : url;
	return cut.replace(/\/+$/, '');
}

/** The address of an API, without a slash at its end. */
function baseUrl(api, connection) {
	const servers = typeof api.servers === 'string' ? { '': api.servers } : api.servers;
	const region = connection.region ?? '';
	const address = member(connection, `servers.${api.name}`) || servers[region] || servers[''];
	if (address) return api.own_paths.reduce(withoutEnd, withoutEnd(address, ''));
	const known = Object.keys(servers).join(', ');
	if (known) {
		const message = `the ${api.title} has no server in region '${region}'`;
		throw new InputError('no_server', message, `it has servers in ${known}`, 'region');
	}
	const message = `the ${api.title} has a different address for each customer, and the connection names none`;
	throw new InputError('no_server', message, api.address, `servers.${api.name}`);
}

/** What each way to sign adds to a request: headers, query and members of the body. */
const signatures = {
	basic({ username, password }, get) {
		const pair = [username, password].map((name) => (name ? get(name) : '')).join(':');
		return { headers: { Authorization: `Basic ${Buffer.from(pair).toString('base64')}` } };
	},
	bearer: ({ token }, get) => ({ headers: { Authorization: `Bearer ${get(token)}` } }),
	apiKey: ({ in: part, name, key }, get) => ({ [part === 'header' ? 'headers' : part]: { [name]: get(key) } }),
};

/**
 * What signs a request to an API: `headers`, `query` and `body`, as far as there is anything.
 *
 * @throws {InputError} when the connection has none of what the API's ways to sign need, with where to find it
 */
function credentialFor(api, spec, connection) {
	const schemes = api.auth.map((name) => spec.auth[name]);
	if (!schemes.length) return {};
	const scheme = schemes.find(({ needs }) => needs.every((name) => member(connection, name)));
	if (!scheme) throw missingMember(api, spec, schemes.at(-1).needs.find((name) => !member(connection, name)));
	const get = (name) => member(connection, name);
	const added = signatures[scheme.type](scheme, get);
	const beside = Object.entries(scheme.body ?? {}).map(([name, of]) => [name, get(of)]);
	return { ...added, body: { ...Object.fromEntries(beside), ...added.body } };
}

/** The error for a member that a call needs and the connection does not have. */
function missingMember(api, spec, name) {
	const described = spec.connection[name.split('.')[0]] ?? {};
	const hint = described.help ?? described.description ?? 'add it to the connection';
	const message = `the ${api.title} needs '${name}', which the connection does not have`;
	return new InputError('missing_credential', message, hint, name);
}

module.exports = { baseUrl, checkedConnection, credentialFor, member, missingMember, publicPart };
