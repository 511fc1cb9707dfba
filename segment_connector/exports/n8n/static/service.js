'use strict';

/** The way to the service through the connector's own HTTP API, which checks, completes and tries again. */

const { ServiceError } = require('./answer');
const { connector } = require('./connectors');
const { InputError } = require('./input_error');
const { nameOf } = require('./moment');
const { optionsOf, pagesOf } = require('./pages');

const addressOf = ({ address }) => address.trim().replace(/\/+$/, '');

/** What an answer of the service says: its body, or the error that it tells. */
function answered({ status, text }, url) {
	let body;
	try {
		body = JSON.parse(text);
	} catch {
		const message = `${new URL(url).host} answered ${status} with no JSON`;
		throw new ServiceError({ code: 'unexpected_answer', message, hint: 'check the address in the credential', status });
	}
	if (status >= 200 && status < 300) return body;
	if (status === 422 && body.problems) {
		throw new InputError(body.problems.map(({ code, message, hint, field }) => ({ code, message, hint, field })));
	}
	throw new ServiceError({
		code: body.code,
		message: body.detail ?? body.title,
		hint: body.hint ?? (status === 401 ? 'check the token in the credential' : undefined),
		field: body.field,
		status,
	});
}

/** A request to the service, and what it answers. */
async function ask(credential, io, method, path, given, headers = {}) {
	const url = `${addressOf(credential)}${path}`;
	const content = given === undefined ? undefined : JSON.stringify(given);
	const typed = content === undefined ? headers : { ...headers, 'Content-Type': 'application/json' };
	return answered(await io.send({ method, url, headers: { Accept: 'application/json', ...typed }, content }), url);
}

/** Call an action; `part` tells several calls of one item apart. */
async function run(name, inputs, credential, io, part = '') {
	const key = io.context.getExecutionId && nameOf(io.context);
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

module.exports = { ask, authenticate, call, options, pages, test };
