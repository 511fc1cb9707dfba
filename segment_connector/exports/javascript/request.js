'use strict';

/** From checked inputs and a connection to a request, without I/O. */

const { baseUrl, credentialFor, member, missingMember, publicPart } = require('./connection');
const { InputError } = require('./input_error');
const { isObject, percentEncoded } = require('./template_language');

const JSON_TYPE = 'application/json';
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const UNSAFE = /[^\t\x20-\x7e\x80-\xff]/;
const RESERVED = [
	'authorization',
	'proxy-authorization',
	'host',
	'content-length',
	'transfer-encoding',
	'connection',
	'upgrade',
	'te',
];

const counted = (number) => number.toLocaleString('en-US');

/** A part of an action that may be a template: its value, or `undefined` when it was left out. */
function valueOf(action, part, names) {
	const made = action.templates[part];
	return made ? made(names) : action[part];
}

function checkedPath(path) {
	if (path === '/') return path;
	const parts = path.replace(/^\//, '').split('/');
	if (parts.some((part) => ['', '.', '..'].includes(part))) {
		throw new InputError('path', `leads to another address: '${path.slice(0, 80)}'`, "an id is never empty, '.' or '..'", 'path');
	}
	return `/${parts.join('/')}`;
}

function formPairs(prefix, value, writing) {
	if (isObject(value)) {
		return Object.entries(value).flatMap(([name, item]) => formPairs(prefix ? `${prefix}.${name}` : name, item, writing));
	}
	if (Array.isArray(value)) {
		if (writing.style === 'dotted') return value.flatMap((item, index) => formPairs(`${prefix}.${index}`, item, writing));
		if (value.some((item) => item !== null && typeof item === 'object')) {
			throw new InputError('query', 'is a list of more than plain values', 'give texts, numbers, true or false', prefix.slice(0, 80));
		}
		const texts = value.filter((item) => item !== null).map((item) => percentEncoded(String(item)));
		if (writing.explode) return texts.map((text) => [prefix, text]);
		return texts.length ? [[prefix, texts.join(',')]] : [];
	}
	return value === null || value === undefined ? [] : [[prefix, percentEncoded(String(value))]];
}

/** An object as a query or a form: members of objects are dotted, null is left out. */
function formOf(tree, writing, place) {
	if (!isObject(tree)) {
		throw new InputError(place, 'must be an object of names and values', 'write {name: value}', place);
	}
	return formPairs('', tree, writing)
		.map(([name, text]) => `${percentEncoded(name)}=${text}`)
		.join('&');
}

function checkedHeaders(headers) {
	if (!isObject(headers)) {
		throw new InputError('header', 'must be an object of names and texts', 'write {Name: value}', 'headers');
	}
	const seen = new Set();
	return Object.fromEntries(
		Object.entries(headers).map(([name, value]) => {
			const place = `headers.${name.slice(0, 80)}`;
			const refuse = (message, hint) => new InputError('header', message, hint, place);
			if (!TOKEN.test(name)) throw refuse('is not a header name', "use letters, digits and '-'");
			if (RESERVED.includes(name.toLowerCase())) {
				throw refuse('is set by the connector', 'remove it; credentials come from the connection');
			}
			if (seen.has(name.toLowerCase())) throw refuse('is given twice', 'keep one; case makes no difference');
			if (value === null || typeof value === 'object') {
				throw refuse('must be text', 'give a text, or leave the header out');
			}
			if (UNSAFE.test(String(value))) {
				throw refuse('holds a line break or a character that no header may have', 'remove it');
			}
			seen.add(name.toLowerCase());
			return [name, String(value)];
		}),
	);
}

/**
 * The request that checked inputs make, not signed yet.
 *
 * @param {object} spec of the connector, as `actions.json` has it
 * @param {object} values checked and completed inputs
 * @param {object} connection region, credentials and servers
 * @param {string} now the instant of the try
 * @returns `method`, `url`, `headers`, `body` (a JSON value) and `content` (the same as text), and `api`
 */
function render(spec, action, values, connection, now) {
	const names = { input: values, connection: publicPart(spec, connection), now };
	const api = spec.apis[valueOf(action, 'api', names)];
	for (const name of action.needs) {
		if (!member(connection, name)) throw missingMember(api, spec, name);
	}
	const writing = { style: api.style, explode: api.explode, content: api.content, ...action.writing };
	let url = baseUrl(api, connection) + checkedPath(valueOf(action, 'path', names));
	const query = valueOf(action, 'query', names);
	const text = query === undefined ? '' : formOf(query, writing, 'query');
	if (text) url += `?${text}`;
	const mediaType = api.media_types[action.stability] ?? JSON_TYPE;
	let headers = { 'User-Agent': spec.user_agent, Accept: mediaType };
	const body = valueOf(action, 'body', names);
	let content;
	if (body !== undefined) {
		content = writing.content === JSON_TYPE ? JSON.stringify(body) : formOf(body, writing, 'body');
		headers['Content-Type'] = writing.content === JSON_TYPE ? mediaType : writing.content;
		checkSize(action, content);
	}
	const own = valueOf(action, 'headers', names);
	if (own !== undefined) headers = withHeaders(headers, checkedHeaders(own));
	return { method: valueOf(action, 'method', names), url, headers, body, content, writing, api: api.name };
}

function withHeaders(headers, own) {
	const given = Object.keys(own).map((name) => name.toLowerCase());
	const kept = Object.entries(headers).filter(([name]) => !given.includes(name.toLowerCase()));
	return { ...Object.fromEntries(kept), ...own };
}

function checkSize(action, content) {
	const most = action.body_bytes;
	const size = Buffer.byteLength(content);
	if (most === undefined || size <= most) return;
	const largest = Object.entries(action.parameters).find(([, schema]) => schema.type === 'object');
	throw new InputError(
		'too_large',
		`the request has ${counted(size)} bytes as JSON; at most ${counted(most)} are allowed`,
		'send less, or split it into several',
		largest?.[0],
	);
}

/** The request with the connection's credential: `method`, `url`, `headers` and `content`. */
function signed(spec, request, connection) {
	const { method, headers } = request;
	let { url, content } = request;
	const added = credentialFor(spec.apis[request.api], spec, connection);
	if (Object.keys(added.body ?? {}).length && isObject(request.body)) {
		const body = { ...request.body, ...added.body };
		content = request.writing.content === JSON_TYPE ? JSON.stringify(body) : formOf(body, request.writing, 'body');
	}
	for (const [name, value] of Object.entries(added.query ?? {})) {
		const target = new URL(url);
		target.searchParams.set(name, value);
		url = target.href;
	}
	return { method, url, headers: { ...headers, ...added.headers }, content };
}

module.exports = { render, signed };
