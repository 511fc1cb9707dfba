'use strict';

/** The way to the service that calls it itself. */

const { credentialFor, baseUrl } = require('./connection');
const { connector } = require('./connectors');

/** The connection that the fields of the credential are; `a__b` is the member b of a. */
function connectionOf(credential) {
	const found = {};
	for (const [field, value] of Object.entries(credential)) {
		const [first, second] = field.split('__');
		const isKnown = first in connector.spec.connection;
		if (!isKnown || value === '' || value === false) continue;
		if (second === undefined) found[first] = value;
		else found[first] = { ...found[first], [second]: value };
	}
	return found;
}

function call(action, inputs, credential, io) {
	const connection = connectionOf(credential);
	// What is missing is told before anything is sent; the credential itself signs.
	return connector.call(action.name, inputs, connection, { ...io, isSigned: false });
}

const pages = (action, inputs, credential, io) =>
	connector.pages(action.name, inputs, connectionOf(credential), { ...io, isSigned: false });

const options = (action, parameter, inputs, credential, io, wanted) =>
	connector.options(action.name, parameter, inputs, connectionOf(credential), { ...io, isSigned: false }, wanted);

/** The API that an address belongs to: the one whose own address is the longest that it begins with. */
function apiOf(url, connection) {
	const bases = Object.values(connector.spec.apis).map((api) => ({ api, base: baseUrl(api, connection) }));
	return bases
		.filter(({ base }) => url === base || url.startsWith(`${base}/`) || url.startsWith(`${base}?`))
		.sort((one, other) => other.base.length - one.base.length)[0]?.api;
}

/** Sign a request to one of the service's own addresses; others get nothing. */
async function authenticate(credential, request) {
	const connection = connector.connection(connectionOf(credential));
	const api = apiOf(new URL(request.url, request.baseURL).href, connection);
	if (!api) return request;
	const { headers = {}, query = {}, body = {} } = credentialFor(api, connector.spec, connection);
	const signed = { ...request, headers: { ...request.headers, ...headers } };
	if (Object.keys(query).length) signed.qs = { ...request.qs, ...query };
	if (Object.keys(body).length) {
		const given = typeof request.body === 'string' ? JSON.parse(request.body) : request.body;
		const whole = { ...given, ...body };
		signed.body = typeof request.body === 'string' ? JSON.stringify(whole) : whole;
	}
	return signed;
}

module.exports = { authenticate, call, options, pages, test: require('./test.json') };
