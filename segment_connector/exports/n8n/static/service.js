'use strict';

/** The way to the service through the connector's own HTTP API, which checks, completes and tries again. */

const { connector } = require('./connectors');
const { nameOf } = require('./moment');
const { optionsOf, pagesOf } = require('./pages');
const { addressOf, ask } = require('./service_call');

/** Call an action; `part` tells several calls of one item apart. */
async function run(name, inputs, credential, io, part = '') {
	const key = io.context && nameOf(io.context);
	const headers = key ? { 'Idempotency-Key': encodeURI(`n8n/${key}${part}`) } : {};
	const { connection } = credential;
	const given = { inputs, confirm: true, ...(connection ? { connection } : {}) };
	const path = `/v1/actions/${encodeURIComponent(name)}/run`;
	const { outputs } = await ask(credential, io, 'POST', path, given, headers);
	return outputs;
}

const call = (action, inputs, credential, io) => run(action.name, inputs, credential, io);

function pages(action, inputs, credential, io) {
	let count = 0;
	return pagesOf(action, inputs, (values) => run(action.name, values, credential, io, `/${(count += 1)}`));
}

const options = (spec, parameter, inputs, credential, io, wanted) =>
	optionsOf(spec, parameter, inputs, connector.find, (name, values) => run(name, values, credential, io), wanted);

/** Let a request in at the service's own address; others get nothing. */
async function authenticate(credential, request) {
	const url = new URL(request.url, request.baseURL || undefined).href;
	if (!credential.token || !url.startsWith(`${addressOf(credential)}/`)) return request;
	return { ...request, headers: { ...request.headers, Authorization: `Bearer ${credential.token}` } };
}

const test = { request: { baseURL: '={{ $credentials.address }}', url: '/v1/connections', method: 'GET' } };

module.exports = { authenticate, call, options, pages, test };
