'use strict';

/**
 * Inputs as hosts send them, read as an action means them.
 *
 * Forms and workflow editors send numbers and objects as text, and null or '' for what was not given. Where a schema
 * leaves one meaning it is taken. Everything else stays as it is and is judged afterwards; nothing is lost on the way.
 */

const { InputError } = require('./input_error');
const { parseJson } = require('./json_text');
const { copyJson } = require('./json_values');
const { typesOf } = require('./schema_check');
const { has, isObject } = require('./template_language');

const KINDS = {
	object: isObject,
	array: Array.isArray,
	boolean: (value) => typeof value === 'boolean',
	integer: Number.isInteger,
	number: (value) => typeof value === 'number',
};
const WORDS = { true: true, false: false, on: true, off: false };
// What is left of an expression that nobody worked out, in the forms of the hosts that there are; none of them is JSON.
const EXPRESSION = /^\s*(=?\{[{%].*[%}]\}|[@$#]\{.*\})\s*$/s;
const LONGEST_EXPRESSION = 10_000;

/** Whether '' cannot be a value by a schema. */
function isNeverEmpty(schema, kinds) {
	if (!kinds.length) return false;
	return !kinds.includes('string') || (schema.minLength ?? 0) > 0 || !(schema.enum ?? ['']).includes('');
}

class Reading {
	constructor(find, isEmptyAbsent) {
		this.find = find;
		this.isEmptyAbsent = isEmptyAbsent;
		this.problems = [];
	}

	value(value, schema, place) {
		const kinds = typesOf(schema);
		let read = value;
		if (typeof read === 'string' && kinds.length && !kinds.includes('string')) read = this.text(read, kinds, place);
		if (isObject(read)) return this.members(read, schema.properties ?? {}, place);
		if (Array.isArray(read) && schema.entries) {
			return read.map((item, index) => this.call(item, schema.entries, `${place}.${index}`));
		}
		if (Array.isArray(read) && isObject(schema.items)) {
			return read.map((item, index) => this.value(item, schema.items, `${place}.${index}`));
		}
		return read;
	}

	members(values, schemas, place) {
		const found = Object.entries(values).flatMap(([name, member]) => {
			const schema = (has(schemas, name) && schemas[name]) || {};
			const kinds = typesOf(schema);
			if (member === null && kinds.length && !kinds.includes('null')) return [];
			if (this.isEmptyAbsent && member === '' && isNeverEmpty(schema, kinds)) return [];
			return [[name, this.value(member, schema, place ? `${place}.${name}` : name)]];
		});
		return Object.fromEntries(found);
	}

	/** What a text means where text is not allowed; otherwise the text. */
	text(text, kinds, place) {
		let value;
		try {
			value = parseJson(text);
		} catch (error) {
			const word = text.trim().toLowerCase();
			if (kinds.includes('boolean') && has(WORDS, word)) return WORDS[word];
			this.lookAt(text, kinds, place, error.message);
			return text;
		}
		const isMeant = kinds.some((kind) => has(KINDS, kind) && KINDS[kind](value));
		return isMeant ? copyJson(value, [place], this.problems) : text;
	}

	/** Say what is wrong with a text that is not JSON, if a host can mend that. */
	lookAt(text, kinds, place, why) {
		const begins = text.trimStart()[0];
		if (EXPRESSION.test(text.slice(0, LONGEST_EXPRESSION))) {
			this.problems.push({
				code: 'expression',
				message: 'is an expression that the host has not worked out',
				hint: 'give its value; in most hosts a field has to be switched to expressions',
				field: place,
			});
		} else if ((kinds.includes('object') && begins === '{') || (kinds.includes('array') && begins === '[')) {
			this.problems.push({
				code: 'json',
				message: `begins as JSON and is not: ${why}`,
				hint: 'fix the JSON; names and texts need double quotes',
				field: place,
			});
		}
	}

	call(value, entries, place) {
		const call = this.value(value, { type: 'object' }, place);
		const kind = isObject(call) ? call[entries.by] : undefined;
		return entries.actions.includes(kind) ? this.members(call, this.find(kind).parameters, place) : call;
	}
}

/**
 * The inputs of an action, of what a host gave.
 *
 * @param {{parameters: object}} action as `actions.json` has it
 * @param {object} given the host's values by name
 * @param {(name: string) => object} find gives the action of a name, for lists whose entries are calls
 * @param {boolean} isEmptyAbsent whether '' stands for what was not given, as forms have it
 * @throws {InputError} for what is no JSON value, and for what cannot be an input and has a cure in the host
 */
function readHostInputs(action, given, find, isEmptyAbsent = true) {
	const reading = new Reading(find, isEmptyAbsent);
	const values = copyJson(given, [], reading.problems);
	const read = reading.problems.length ? [] : Object.entries(reading.members(values, action.parameters, ''));
	if (reading.problems.length) throw new InputError(reading.problems);
	const isAbsent = (name, value) => isEmptyAbsent && value === '' && has(action.parameters, name);
	return Object.fromEntries(read.filter(([name, value]) => !isAbsent(name, value)));
}

module.exports = { readHostInputs };
