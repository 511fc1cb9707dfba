'use strict';

/** One request to the connector's own HTTP API. */

const { ServiceError } = require('./answer');
const { InputError } = require('./input_error');

const addressOf = ({ address }) => address.trim().replace(/\/+$/, '');

/** What an answer of the service says: its body, or the error that it tells. */
function answered({ status, text }, url) {
	let body;
	try {
		body = text === '' && status < 300 ? null : JSON.parse(text);
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
		hint: status === 401 ? 'check the token in the credential; the service prints it when it starts' : body.hint,
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

module.exports = { addressOf, ask };
