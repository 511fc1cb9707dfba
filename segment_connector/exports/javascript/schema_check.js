'use strict';

/**
 * Judges values by the JSON Schemas of parameters and says in plain words what is wrong, as the Python runtime does.
 *
 * What stands in no parameter (`$ref`, `contains` and the like) is left to the service.
 */

const { formats } = require('./formats');
const { jsonText } = require('./json_text');
const { didYouMean } = require('./near_names');
const { equal, has, isObject } = require('./template_language');

const SHOWN = 40;
const LONGEST_NAME = 80;
const NO_CURE = "see the action's description";
const NOUNS = {
	string: 'text',
	number: 'a number',
	integer: 'a whole number',
	boolean: 'true or false',
	object: 'an object',
	array: 'a list',
	null: 'null',
};
const IS = {
	string: (value) => typeof value === 'string',
	number: (value) => typeof value === 'number',
	integer: Number.isInteger,
	boolean: (value) => typeof value === 'boolean',
	object: isObject,
	array: Array.isArray,
	null: (value) => value === null,
};

const listed = (value) => (Array.isArray(value) ? value : [value]);
const ownTypes = (schema) => (schema.type === undefined ? [] : listed(schema.type));
/** The JSON types that a value may have by a schema; empty when it does not say. */
function typesOf(schema) {
	if (schema.type !== undefined) return listed(schema.type);
	const forms = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map(typesOf);
	return forms.every((form) => form.length) ? [...new Set(forms.flat())] : [];
}

const counted = (number) => number.toLocaleString('en-US');
const nounOf = (value) => NOUNS[Object.keys(IS).find((kind) => kind !== 'number' && IS[kind](value)) ?? 'number'];
const patterns = new Map();

function matches(pattern, text) {
	if (!patterns.has(pattern)) patterns.set(pattern, new RegExp(pattern, 'u'));
	return patterns.get(pattern).test(text);
}

/** Whether a schema has a secret in it, at any depth. */
function hasSecret(schema) {
	if (!isObject(schema)) return false;
	if (schema.secret) return true;
	const below = [...Object.values(schema.properties ?? {}), schema.items, schema.additionalProperties];
	return [...below, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].some(hasSecret);
}

/** What one keyword of a schema has against a value: a list of errors, each with the place where it stands. */
const keywords = {
	type: (rule, value) => !listed(rule).some((kind) => IS[kind](value)),
	enum: (rule, value) => !rule.some((item) => equal(item, value)),
	const: (rule, value) => !equal(rule, value),
	minLength: (rule, value) => IS.string(value) && [...value].length < rule,
	maxLength: (rule, value) => IS.string(value) && [...value].length > rule,
	pattern: (rule, value) => IS.string(value) && !matches(rule, value),
	format: (rule, value) => has(formats, rule) && !formats[rule].check(value),
	minimum: (rule, value) => IS.number(value) && value < rule,
	maximum: (rule, value) => IS.number(value) && value > rule,
	exclusiveMinimum: (rule, value) => IS.number(value) && value <= rule,
	exclusiveMaximum: (rule, value) => IS.number(value) && value >= rule,
	multipleOf: (rule, value) => IS.number(value) && !Number.isInteger(value / rule),
	minItems: (rule, value) => IS.array(value) && value.length < rule,
	maxItems: (rule, value) => IS.array(value) && value.length > rule,
	uniqueItems: (rule, value) => rule && IS.array(value) && value.some((one, at) => value.slice(0, at).some((other) => equal(one, other))),
	minProperties: (rule, value) => isObject(value) && Object.keys(value).length < rule,
	maxProperties: (rule, value) => isObject(value) && Object.keys(value).length > rule,
	required: (rule, value) => isObject(value) && rule.some((name) => !has(value, name)),
	not: (rule, value) => fits(rule, value),
};

/** Keywords that look into a value, or ask other schemas about it. */
const applicators = {
	properties: (rule, value, place, seen) =>
		isObject(value)
			? Object.keys(rule)
					.filter((name) => has(value, name))
					.flatMap((name) => errorsOf(rule[name], value[name], [...place, name], seen))
			: [],
	additionalProperties(rule, value, place, seen, schema) {
		const known = schema.properties ?? {};
		const others = isObject(value) ? Object.keys(value).filter((name) => !has(known, name)) : [];
		if (rule === false) {
			return others.length ? [{ keyword: 'additionalProperties', rule, value, schema, place, seen, context: [] }] : [];
		}
		return isObject(rule) ? others.flatMap((name) => errorsOf(rule, value[name], [...place, name], seen)) : [];
	},
	items: (rule, value, place, seen) =>
		IS.array(value) ? value.flatMap((item, index) => errorsOf(rule, item, [...place, index], seen)) : [],
	allOf: (rule, value, place, seen) => rule.flatMap((one) => errorsOf(one, value, place, seen)),
	anyOf: (rule, value, place, seen, schema) => alternatives('anyOf', rule, value, place, seen, schema),
	oneOf: (rule, value, place, seen, schema) => alternatives('oneOf', rule, value, place, seen, schema),
	if(rule, value, place, seen, schema) {
		const then = fits(rule, value) ? schema.then : schema.else;
		return then === undefined ? [] : errorsOf(then, value, place, seen);
	},
};

function alternatives(keyword, rule, value, place, seen, schema) {
	const context = rule.map((one) => errorsOf(one, value, place, seen));
	const right = context.filter((errors) => !errors.length).length;
	if (keyword === 'anyOf' ? right : right === 1) return [];
	return [{ keyword, rule, value, schema, place, seen, context: right ? [] : context.flat() }];
}

/** Every error of a value; `above` are the schemas around this one. */
function errorsOf(schema, value, place, above) {
	if (schema === true) return [];
	const doubtful = (schema.doubts ?? []).filter(({ values }) => values?.type && !ownTypes(schema).includes(values.type));
	if (doubtful.some(({ values }) => fits(values, value))) return [];
	const seen = [...above, schema];
	return Object.entries(schema).flatMap(([keyword, rule]) => {
		if (has(applicators, keyword)) return applicators[keyword](rule, value, place, seen, schema);
		const wrong = has(keywords, keyword) && keywords[keyword](rule, value);
		return wrong ? [{ keyword, rule, value, schema, place, seen, context: [] }] : [];
	});
}

/** Whether a value fits a schema. */
function fits(schema, value) {
	return errorsOf(schema, value, [], []).length === 0;
}

/** The value with a space before it, or nothing when it is long, no scalar, or secret at any level. */
function shownOf({ value, schema, place, seen }) {
	if ((value !== null && typeof value === 'object') || !place.length) return '';
	if (seen.some((one) => one.secret) || hasSecret(schema)) return '';
	const text = JSON.stringify(value);
	// An address with a user or a query may hold a password or a key.
	const secretive = text.includes('://') && /[@?]/.test(text);
	return text.length <= SHOWN && !secretive ? ` ${text}` : '';
}

function cureOf(schema) {
	if (schema.hint !== undefined) return schema.hint;
	return schema.examples?.length ? `for example ${jsonText(schema.examples[0])}` : null;
}

/** The number, or the true or false, that a text says. */
function meantBy(text, kinds) {
	const lower = text.toLowerCase();
	if (kinds.includes('boolean') && ['true', 'false'].includes(lower)) return lower;
	if (!kinds.includes('number') && !kinds.includes('integer')) return null;
	return (kinds.includes('number') ? /^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/ : /^-?(0|[1-9][0-9]*)$/).test(text) ? text : null;
}

/** The cure for a value that says what is meant, and only has another type. */
function typeCure(kinds, value, shown, schema) {
	if (kinds.includes('string') && ['boolean', 'number'].includes(typeof value)) {
		const text = JSON.stringify(value);
		if (!fits(schema, text)) return null;
		return shown ? `write it as text: "${text}"` : 'write it as text';
	}
	const meant = typeof value === 'string' ? meantBy(value.trim(), kinds) : null;
	if (meant !== null) return shown ? `write ${meant} without quotes` : 'write it without quotes';
	const others = kinds.filter((kind) => kind !== 'null');
	if (others.length === 1 && others[0] === 'array' && ['string', 'boolean', 'number'].includes(typeof value)) {
		return shown ? `write it as a list: [${shown.trim()}]` : 'write it as a list';
	}
	return null;
}

const named = (kinds) => kinds.map((kind) => NOUNS[kind]).join(' or ');
const bound = (keyword) => (keyword.startsWith('min') ? 'at least' : 'at most');
const beside = (shown) => (shown ? `, not${shown}` : '');

/** Message and cure of one keyword. */
function wordsOf({ keyword, rule, value, schema }, shown) {
	switch (keyword) {
		case 'type': {
			const plain = shown && (value === null || typeof value === 'boolean');
			const what = plain ? shown : ` ${nounOf(value)}${shown}`;
			return [`must be ${named(listed(rule))}, not${what}`, cureOf(schema)];
		}
		case 'enum': {
			const names = rule.map((item) => (typeof item === 'string' ? item : JSON.stringify(item)));
			const near = typeof value === 'string' ? didYouMean(value, names) : null;
			return [`must be one of ${names.join(', ')}${beside(shown)}`, near ?? 'take one of the values listed'];
		}
		case 'const':
			return [`must be ${JSON.stringify(rule)}`, null];
		case 'minLength':
		case 'maxLength':
			if (keyword === 'minLength' && rule === 1) return ['must not be empty', cureOf(schema)];
			return [`must have ${bound(keyword)} ${counted(rule)} characters; it has ${counted([...value].length)}`, null];
		case 'pattern':
			return [rule === '\\S' ? 'must not be blank' : `does not match the pattern ${rule}${shown}`, cureOf(schema)];
		case 'format':
			return [`is not a valid ${rule}${shown}`, formats[rule].hint];
		case 'minimum':
		case 'maximum':
			return [`must be ${bound(keyword)} ${rule}${beside(shown)}`, null];
		case 'exclusiveMinimum':
		case 'exclusiveMaximum':
			return [`must be ${keyword === 'exclusiveMinimum' ? 'more than' : 'less than'} ${rule}${beside(shown)}`, null];
		case 'minItems':
		case 'maxItems':
			if (keyword === 'minItems' && rule === 1) return ['must not be empty', cureOf(schema)];
			return [`must have ${bound(keyword)} ${counted(rule)} entries; it has ${counted(value.length)}`, null];
		case 'minProperties':
		case 'maxProperties':
			if (keyword === 'minProperties' && rule === 1) return ['must not be empty', cureOf(schema)];
			return [
				`must have ${bound(keyword)} ${counted(rule)} properties; it has ${counted(Object.keys(value).length)}`,
				null,
			];
		case 'uniqueItems':
			return ['must not hold the same entry twice', 'remove the duplicates'];
		case 'multipleOf':
			return [`must be a multiple of ${rule}${beside(shown)}`, null];
		default:
			return ['is not allowed here', NO_CURE];
	}
}

/** The problems that an error is: one, or one for each name that is missing or unknown. */
function explained(error, noun) {
	const { keyword, rule, value, schema, place, context } = error;
	const field = place.map((part) => String(part).slice(0, LONGEST_NAME));
	if (keyword === 'required') {
		return rule
			.filter((name) => !has(value, name))
			.map((name) => ({
				code: 'required',
				message: 'is required',
				hint: cureOf(schema.properties?.[name] ?? {}),
				field: [...field, name].join('.'),
			}));
	}
	if (keyword === 'additionalProperties') {
		const known = Object.keys(schema.properties ?? {});
		return Object.keys(value)
			.filter((name) => !known.includes(name))
			.map((name) => ({
				code: 'unknown',
				message: `there is no such ${place.length ? 'property' : noun}`,
				hint: didYouMean(name, known) ?? `known: ${known.join(', ')}`,
				field: [...field, name.slice(0, LONGEST_NAME)].join('.'),
			}));
	}
	const where = field.join('.') || null;
	const shown = shownOf(error);
	if (context.length) {
		// Of the forms that a value may have, the one it comes closest to: the error that lies deepest.
		const nearer = (one) => one.place.length * 2 + (one.keyword === 'type' ? 0 : 1);
		const nearest = context.reduce((best, one) => (nearer(one) > nearer(best) ? one : best));
		const kinds = rule.map((form) => form?.type);
		if (nearest.keyword === 'type' && kinds.every((kind) => typeof kind === 'string') && nearest.place.length === place.length) {
			const [message, hint] = wordsOf({ keyword: 'type', rule: kinds, value, schema }, shown);
			return [{ code: keyword, message, hint: typeCure(kinds, value, shown, schema) ?? schema.hint ?? hint, field: where }];
		}
		return explained(nearest, noun).map((problem) => ({ ...problem, hint: schema.hint ?? problem.hint }));
	}
	const [message, hint] = wordsOf(error, shown);
	const own = keyword === 'type' ? typeCure(listed(rule), value, shown, schema) : null;
	return [{ code: keyword, message, hint: own ?? schema.hint ?? hint, field: where }];
}

function nearerToTheRoot(one, other) {
	if (one.place.length !== other.place.length) return one.place.length - other.place.length;
	const at = one.place.findIndex((part, index) => String(part) !== String(other.place[index]));
	return at < 0 ? 0 : String(one.place[at]) < String(other.place[at]) ? -1 : 1;
}

/**
 * What is wrong with a value, nearest to the root first; empty when it is right.
 *
 * @param {object} schema of the whole value
 * @param {object[]} rules schemas with a message and a place of their own
 * @param {string} noun what a member of the value is called
 */
function problemsOf(schema, value, rules = [], noun = 'parameter') {
	const told = new Set();
	const found = errorsOf(schema, value, [], [])
		.sort(nearerToTheRoot)
		.flatMap((error) => explained(error, noun))
		.filter((problem) => !told.has(JSON.stringify(problem)) && told.add(JSON.stringify(problem)));
	const fields = new Set(found.map(({ field }) => field));
	for (const rule of rules) {
		if (!fields.has(rule.field) && !fits(rule.schema, value)) {
			found.push({ code: 'rule', message: rule.message, hint: rule.hint, field: rule.field });
		}
	}
	const empty = found.filter(({ code }) => code === 'minLength').map(({ field }) => field);
	return found.filter(({ code, field }) => code !== 'pattern' || !empty.includes(field));
}

module.exports = { fits, hasSecret, problemsOf, typesOf };
