'use strict';

/**
 * Values of JavaScript for data that mean exactly one JSON value, turned into it, or said where they are not.
 *
 * `JSON.stringify` writes NaN and a date that there is not as null, a Map as {} and a Buffer as its bytes by number. What
 * would arrive as another value is refused instead, in the words of Python.
 */

const MAX_DEPTH = 100;
const SHOWN_PLACE = 4;
const LONGEST_NAME = 80;
const FINITE = ['is not a finite number, and JSON has no NaN or infinity', 'leave it out, or pass null'];
const LARGE = ['is an integer of more digits than JavaScript keeps', 'pass it as text'];
const BROKEN = [
	'holds a broken character (half of a surrogate pair)',
	'decode the text with its real encoding before passing it on',
];
const NO_DATE = ['is a date that there is not', 'leave it out, or pass null'];
const CURES = {
	ArrayBuffer: 'decode it to text',
	DataView: 'decode it to text',
	Error: 'pass its message',
	Map: 'pass Object.fromEntries(value)',
	Promise: 'wait for it',
	Set: 'pass a list, for example [...value]',
	Uint8Array: 'decode it to text',
};

/** The word that tells kinds of objects apart, wherever they were made: `Object`, `Map`, `Uint8Array` ... */
const kindOf = (value) => Object.prototype.toString.call(value).slice('[object '.length, -1);
const isBroken = (text) => typeof text.isWellFormed === 'function' && !text.isWellFormed();

class Copying {
	constructor(problems) {
		this.problems = problems;
	}

	refuse(place, [message, hint]) {
		const field = place.map((part) => String(part).slice(0, LONGEST_NAME)).join('.');
		this.problems.push({ code: 'json', message, hint, field });
	}

	value(value, place) {
		if (typeof value === 'number' && !Number.isFinite(value)) this.refuse(place, FINITE);
		else if (typeof value === 'string' && isBroken(value)) this.refuse(place, BROKEN);
		else if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) return Number(value);
		else if (typeof value === 'bigint') this.refuse(place, LARGE);
		else if (typeof value === 'function' || typeof value === 'symbol') this.refuse(place, unknown(typeof value));
		else if (typeof value === 'object' && value !== null) return this.holder(value, place);
		return value;
	}

	holder(value, place) {
		const kind = kindOf(value);
		if (place.length > MAX_DEPTH) {
			const message = `nested more than ${MAX_DEPTH} levels deep, or holds itself`;
			const field = `${place.slice(0, SHOWN_PLACE).map((part) => String(part).slice(0, LONGEST_NAME)).join('.')}...`;
			this.problems.push({ code: 'depth', message, hint: 'flatten the value', field });
			throw new TooDeep();
		}
		if (Array.isArray(value)) return value.map((item, index) => this.value(item ?? null, [...place, index]));
		if (['String', 'Number', 'Boolean'].includes(kind)) return this.value(value.valueOf(), place);
		if (kind !== 'Object' && kind !== 'Date') {
			this.refuse(place, unknown(kind));
			return value;
		}
		if (typeof value.toJSON === 'function') {
			const read = value.toJSON();
			if (read === null) this.refuse(place, NO_DATE);
			return typeof read === 'object' && read !== null ? this.members(read, place) : this.value(read, place);
		}
		return this.members(value, place);
	}

	members(value, place) {
		const found = Object.entries(value).filter(([, member]) => member !== undefined);
		return Object.fromEntries(found.map(([name, member]) => [name, this.value(member, [...place, name])]));
	}
}

class TooDeep extends Error {}

function unknown(kind) {
	const cure = CURES[kind] ?? (kind.endsWith('Array') ? CURES.Uint8Array : 'pass text, a number or an object');
	return [`is a JavaScript '${kind}', which JSON does not have`, cure];
}

/**
 * A copy of a value as JSON has it; members that are `undefined` are not given.
 *
 * @param {string[]} place where it stands
 * @param {object[]} problems gets each place that holds what is no JSON value
 */
function copyJson(value, place, problems) {
	try {
		return new Copying(problems).value(value, place);
	} catch (error) {
		if (error instanceof TooDeep) return {};
		throw error;
	}
}

module.exports = { copyJson };
