'use strict';

/**
 * What templates call: the filters, tests and operators of the template language, as Python's own mean them.
 *
 * A value that was not given is `undefined`, which JSON does not have: it is false, left out of objects, and fails where
 * a text or a number is needed.
 */

const { createHash } = require('node:crypto');

const { InputError } = require('./input_error');

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);
const isGiven = (value) => value !== null && value !== undefined;
const has = (value, key) => Object.prototype.hasOwnProperty.call(value, key);

/** What an expression does with values that its author did not think of. */
class TemplateError extends Error {
	name = 'TemplateError';
}

/** A member of a member of a value, by names and indexes; `undefined` where there is none. */
function at(value, ...keys) {
	let found = value;
	for (const key of keys) {
		if (Array.isArray(found) && Number.isInteger(key)) found = found[key < 0 ? found.length + key : key];
		else if (isObject(found) && has(found, key)) found = found[key];
		else return undefined;
	}
	return found;
}

function truthy(value) {
	if (Array.isArray(value)) return value.length > 0;
	if (isObject(value)) return Object.keys(value).length > 0;
	return Boolean(value);
}

/** What `and` gives: the first value that is false, else the last. */
const both = (one, other) => (truthy(one) ? other() : one);

/** What `or` gives: the first value that is true, else the last. */
const either = (one, other) => (truthy(one) ? one : other());

function equal(one, other) {
	if (Array.isArray(one)) {
		return Array.isArray(other) && one.length === other.length && one.every((item, index) => equal(item, other[index]));
	}
	if (isObject(one)) {
		const names = Object.keys(one);
		return (
			isObject(other) &&
			names.length === Object.keys(other).length &&
			names.every((name) => has(other, name) && equal(one[name], other[name]))
		);
	}
	return one === other;
}

function isIn(value, holder) {
	if (typeof holder === 'string') return holder.includes(needsText(value));
	if (Array.isArray(holder)) return holder.some((item) => equal(item, value));
	return isObject(holder) && typeof value === 'string' && has(holder, value);
}

/** Below, equal or above: -1, 0, 1. */
function compare(one, other) {
	if (typeof one !== typeof other || !['number', 'string'].includes(typeof one)) {
		throw new TemplateError('values of two kinds have no order');
	}
	return one < other ? -1 : Number(one > other);
}

function add(one, other) {
	if (Array.isArray(one) && Array.isArray(other)) return [...one, ...other];
	if (typeof one !== typeof other || !['number', 'string'].includes(typeof one)) {
		throw new TemplateError('only two numbers, texts or lists can be added');
	}
	return one + other;
}

function subtract(one, other) {
	return needsNumber(one) - needsNumber(other);
}

function negative(value) {
	return -needsNumber(value);
}

function needsText(value) {
	if (typeof value !== 'string') throw new TemplateError('is for text');
	return value;
}

function needsNumber(value) {
	if (typeof value !== 'number') throw new TemplateError('is for numbers');
	return value;
}

/** An object without members that were not given; `undefined` when none is left and it is not the root. */
function given(object, isRoot) {
	const kept = Object.entries(object).filter(([, value]) => value !== undefined);
	return kept.length || isRoot ? Object.fromEntries(kept) : undefined;
}

const present = (list) => list.filter((item) => item !== undefined);

function textOf(value, place) {
	if (typeof value === 'string') return value;
	if (typeof value === 'boolean' || typeof value === 'number') return String(value);
	if (value === undefined) throw new TemplateError('a value that was not given has no text');
	throw new InputError(
		'text',
		'must be text, a number or true/false here',
		'null, lists and objects have no text',
		place,
	);
}

const joined = (parts, place) => parts.map((part) => textOf(part, place)).join('');

/** Percent-encoded with nothing safe but letters, digits and `-._~`. */
function percentEncoded(text) {
	return encodeURIComponent(text.toWellFormed ? text.toWellFormed() : text).replace(
		/[!'()*]/g,
		(letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
	);
}

/** One part of a path. */
function segment(value, place) {
	const text = textOf(value, place);
	if (!text.trim()) {
		throw new InputError('path', 'must not be empty: it is a part of the address', 'give the id', place);
	}
	if (text === '.' || text === '..') {
		throw new InputError('path', `must not be '${text}': it leads to another address`, 'give the id itself', place);
	}
	if (/[\x00-\x1f\x7f]/.test(text)) {
		throw new InputError('path', 'holds a control character, which no id has', 'copy the id again', place);
	}
	return percentEncoded(text);
}

function decoded(part) {
	try {
		return decodeURIComponent(part);
	} catch {
		return part;
	}
}

function hash(value, algorithm) {
	return createHash(typeof algorithm === 'string' ? algorithm : 'sha256').update(needsText(value)).digest('hex');
}

const UNITS = { s: 1, m: 60, h: 3600, d: 86400 };
const SPAN = /^(-?[0-9]{1,9})\s*(s|m|h|d)$/;

function plus(value, span) {
	const found = SPAN.exec(span);
	if (!found) throw new InputError('span', 'is not a duration', 'write it like 90s, 10m, 2h or 3d');
	const at = Date.parse(value);
	const made = new Date(at + Number(found[1]) * UNITS[found[2]] * 1000);
	if (Number.isNaN(made.getTime())) {
		const hint = 'write 2026-01-31T12:00:00Z, or how long ago: 90s, 10m, 2h, 3d';
		throw new InputError('date_time', 'is not a valid time', hint);
	}
	return made.toISOString();
}

/** Filters that null, and what was not given, pass as they are; the last that they are given tells the `place`. */
const passing = {
	hash,
	lower: (value) => needsText(value).toLowerCase(),
	upper: (value) => needsText(value).toUpperCase(),
	trim: (value) => needsText(value).trim(),
	text(value, { place }) {
		if (isObject(value) || Array.isArray(value)) {
			throw new InputError('text', 'is a list or an object, which has no text', 'name one of its properties', place);
		}
		return String(value);
	},
	replace: (value, old, ...more) => needsText(value).replaceAll(old, typeof more[0] === 'string' ? more[0] : ''),
	split(value, separator) {
		if (Array.isArray(value)) return value;
		const parts = needsText(value).split(typeof separator === 'string' ? separator : ',');
		return parts.map((part) => part.trim()).filter(Boolean);
	},
	slice: (value, start, end) =>
		(Array.isArray(value) ? value : needsText(value)).slice(start, typeof end === 'number' ? end : undefined),
	omit(value, ...names) {
		const wanted = names.filter((name) => typeof name === 'string');
		const beginnings = wanted.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
		const isOut = (name) => wanted.includes(name) || beginnings.some((beginning) => name.startsWith(beginning));
		return Object.fromEntries(Object.entries(value).filter(([name]) => !isOut(name)));
	},
	instant(value, now) {
		const found = typeof value === 'string' && SPAN.exec(value.trim());
		return found ? plus(now, `-${found[1].replace(/^-/, '')}${found[2]}`) : plus(value, '0s');
	},
};

const filters = {
	...Object.fromEntries(
		Object.entries(passing).map(([name, filter]) => [
			name,
			(value, ...more) => (isGiven(value) ? filter(value, ...more) : value),
		]),
	),
	plus,
	abs: (value) => Math.abs(needsNumber(value)),
	default: (value, fallback = '', isForFalse = false) =>
		value === undefined || (isForFalse && !truthy(value)) ? fallback : value,
	first: (value) => (typeof value === 'string' ? [...value][0] : value?.[0]),
	last: (value) => (typeof value === 'string' ? [...value].at(-1) : value?.at(-1)),
	length(value) {
		if (value === undefined) return 0;
		if (typeof value === 'string') return [...value].length;
		if (Array.isArray(value)) return value.length;
		if (isObject(value)) return Object.keys(value).length;
		throw new TemplateError('this has no length');
	},
	join(value, separator = '') {
		if (value === undefined) return '';
		if (!Array.isArray(value) || value.some((item) => item !== null && typeof item === 'object')) {
			throw new TemplateError("'join' is for a list of texts");
		}
		return value.filter((item) => item !== null).map((item) => textOf(item, '')).join(separator);
	},
	keys: (value) => (isObject(value) ? Object.keys(value) : []),
	/** Each part of a relative path encoded apart; what was encoded already is not encoded twice. */
	segments: (value, place = '') =>
		textOf(value, place)
			.replace(/^\/+|\/+$/g, '')
			.split('/')
			.map((part) => percentEncoded(decoded(part)))
			.join('/'),
	without(value, beginning) {
		const text = textOf(value, '');
		return text.startsWith(beginning) ? text.slice(beginning.length) : text;
	},
	quoted(value, before = '') {
		if (value === undefined) return value;
		return Array.isArray(value) ? value.map((one) => before + JSON.stringify(one)) : before + JSON.stringify(value);
	},
	entry: (value, key, wanted) =>
		(Array.isArray(value) ? value : []).find((one) => isObject(one) && has(one, key) && equal(one[key], wanted)),
	has_any(value, wanted) {
		const names = (Array.isArray(wanted) ? wanted : [wanted]).filter((one) => typeof one === 'string');
		return names.some((name) => (isObject(value) ? has(value, name) : Array.isArray(value) && value.includes(name)));
	},
	percent_of: (part, whole) => (needsNumber(whole) ? (100 * needsNumber(part)) / whole : 0),
	pluck: (value, name) =>
		(Array.isArray(value) ? value : []).filter((item) => isObject(item) && isGiven(item[name])).map((item) => item[name]),
	filled(value, members) {
		const own = Object.entries(isObject(value) ? value : {});
		return Object.fromEntries([...Object.entries(members), ...own].filter(([, item]) => item !== null));
	},
};

const tests = {
	boolean: (value) => typeof value === 'boolean',
	defined: (value) => value !== undefined,
	eq: equal,
	equalto: equal,
	false: (value) => value === false,
	ge: (one, other) => compare(one, other) >= 0,
	gt: (one, other) => compare(one, other) > 0,
	in: isIn,
	integer: Number.isInteger,
	le: (one, other) => compare(one, other) <= 0,
	lower: (value) => value === value.toLowerCase() && value !== value.toUpperCase(),
	lt: (one, other) => compare(one, other) < 0,
	mapping: isObject,
	ne: (one, other) => !equal(one, other),
	none: (value) => value === null,
	number: (value) => typeof value === 'number' || typeof value === 'boolean',
	sequence: (value) => value === undefined || typeof value === 'string' || typeof value === 'object',
	string: (value) => typeof value === 'string',
	true: (value) => value === true,
	undefined: (value) => value === undefined,
	upper: (value) => value === value.toUpperCase() && value !== value.toLowerCase(),
};

module.exports = {
	TemplateError,
	add,
	at,
	both,
	compare,
	either,
	equal,
	filters,
	given,
	has,
	isIn,
	isObject,
	joined,
	negative,
	percentEncoded,
	present,
	segment,
	subtract,
	tests,
	truthy,
};
