'use strict';

/** Inputs checked and completed before the first try, so that every try has the same ids and times. */

const { InputError } = require('./input_error');
const { didYouMean } = require('./near_names');
const { problemsOf } = require('./schema_check');
const { has, isObject } = require('./template_language');

const sizeOf = (value) => Buffer.byteLength(JSON.stringify(value));
const counted = (number) => number.toLocaleString('en-US');

/** Inputs as the service and its libraries write a call down, turned into the parameters of the action. */
function plainOf(action, values, isListed) {
	const recorded = action.recorded;
	if (!recorded || !isObject(values)) return { values, takenFrom: {}, problems: [] };
	const isOptional = (name) => recorded.null_is_absent && has(action.parameters, name) && !action.required.includes(name);
	const isIgnored = (name) => recorded.ignored.includes(name) && !has(action.parameters, name);
	const by = isListed ? null : recorded.named_by;
	const kept = Object.fromEntries(
		Object.entries(values).filter(
			([name, value]) => !isIgnored(name) && !(value === null && isOptional(name)) && name !== by,
		),
	);
	const problems = [];
	if (by && has(values, by) && values[by] !== action.name) {
		const shown = typeof values[by] === 'string' && values[by].length <= 40 ? `'${values[by]}'` : 'something else';
		problems.push({
			code: 'const',
			message: `names ${shown}, and this is '${action.name}'`,
			hint: `call the action it names, or leave '${by}' out`,
			field: by,
		});
	}
	const takenFrom = {};
	if (Object.keys(kept).length < Object.keys(values).length) {
		for (const [parameter, members] of Object.entries(recorded.fallbacks)) {
			const source = members.find((name) => values[name] !== undefined && values[name] !== null);
			if (!has(kept, parameter) && source !== undefined) {
				kept[parameter] = values[source];
				takenFrom[parameter] = source;
			}
		}
	}
	return { values: kept, takenFrom, problems };
}

function judged(action, plain, values) {
	const found = problemsOf(action.schema, values, action.rules);
	return [...plain.problems, ...found].map((problem) => ({
		...problem,
		field: plain.takenFrom[problem.field] ?? problem.field,
	}));
}

/** Put defaults and made values where nothing was given; changes the values. */
function fill(action, values, moment) {
	const ids = [];
	for (const [name, schema] of Object.entries(action.parameters)) {
		if (!has(values, name)) {
			if (has(schema, 'default')) values[name] = structuredClone(schema.default);
			else if (schema.generate === 'uuid4') values[name] = moment.newId();
			else if (schema.generate) values[name] = moment.now;
		}
		if (schema.generate === 'uuid4') ids.push([name, values[name]]);
	}
	return ids;
}

/** What all entries have, with what one has of its own. */
function merged(shared, own) {
	if (!isObject(shared) || !isObject(own)) return own ?? shared;
	const members = Object.entries(own).map(([name, value]) => [
		name,
		isObject(value) && has(shared, name) ? merged(shared[name], value) : value,
	]);
	return { ...shared, ...Object.fromEntries(members) };
}

function typeProblem(entry, { by, actions }) {
	const listed = actions.join(', ');
	if (!isObject(entry)) {
		return { code: 'type', message: 'must be an object', hint: `write an object with '${by}': one of ${listed}` };
	}
	if (!has(entry, by)) return { code: 'required', message: 'is required', hint: `one of ${listed}`, field: by };
	if (actions.includes(entry[by])) return null;
	const near = typeof entry[by] === 'string' ? didYouMean(entry[by], actions) : null;
	return { code: 'enum', message: `must be one of ${listed}`, hint: near ?? 'take one of these', field: by };
}

/** Check and complete the entries of a list of calls. */
function checkEntries(action, values, shared, beside, moment, find) {
	const { parameter, item_bytes: most } = action.split;
	const entries = action.parameters[parameter].entries;
	const seen = new Map();
	const accepted = [];
	const refused = [];
	values[parameter].forEach((given, index) => {
		let problems = [typeProblem(given, entries)].filter(Boolean);
		let entry = given;
		if (!problems.length) {
			const kind = find(given[entries.by]);
			entry = { ...given };
			for (const [name, value] of Object.entries(shared)) {
				entry[name] = has(entry, name) ? merged(value, entry[name]) : structuredClone(value);
			}
			for (const [name, sources] of Object.entries(kind.recorded?.fallbacks ?? {})) {
				const isAbsent = [name, ...sources].every((one) => entry[one] === undefined || entry[one] === null);
				const source = sources.find((one) => has(beside, one));
				if (isAbsent && source !== undefined) entry[name] = beside[source];
			}
			const plain = plainOf(kind, entry, true);
			const own = Object.fromEntries(Object.entries(plain.values).filter(([name]) => name !== entries.by));
			problems = judged(kind, plain, own);
			entry = plain.values;
			if (!problems.length) problems = completed(kind, entry, index, seen, most, moment, parameter);
		}
		if (!problems.length) accepted.push({ index, entry });
		else {
			const place = `${parameter}.${index}`;
			refused.push({
				index,
				problems: problems.map((one) => ({ ...one, field: one.field ? `${place}.${one.field}` : place })),
			});
		}
	});
	return { accepted, refused };
}

function completed(kind, entry, index, seen, most, moment, parameter) {
	const ids = fill(kind, entry, moment);
	const problems = [];
	const size = sizeOf(entry);
	if (size > most) {
		const message = `has ${counted(size)} bytes as JSON; at most ${counted(most)} are allowed`;
		problems.push({ code: 'too_large', message, hint: 'send less in it' });
	}
	for (const [field, id] of ids) {
		if (seen.has(id)) {
			const message = `is also that of ${parameter}.${seen.get(id)}, so only one of the two would be counted`;
			problems.push({ code: 'duplicate', message, hint: 'give each entry its own, or none', field });
		} else seen.set(id, index);
	}
	return problems;
}

/**
 * Check inputs and fill in what was not given.
 *
 * @param {{now: string, newId: () => string}} moment the instant of the call, and what makes ids
 * @returns `values`; for a list of calls also `accepted` and `refused`
 * @throws {InputError} with every problem
 */
function prepare(action, inputs, moment, find) {
	const plain = plainOf(action, structuredClone(inputs), false);
	const problems = judged(action, plain, plain.values);
	if (problems.length) throw new InputError(problems);
	const { values } = plain;
	fill(action, values, moment);
	if (!action.split) return { values };
	const entries = action.parameters[action.split.parameter].entries;
	const take = (name) => {
		const value = values[name];
		delete values[name];
		return [name, value];
	};
	const shared = Object.fromEntries((entries.merge ?? []).filter((name) => has(values, name)).map(take));
	const beside = Object.fromEntries(
		(action.recorded?.to_entries ?? []).filter((name) => inputs[name] ?? false).map((name) => [name, inputs[name]]),
	);
	const checked = checkEntries(action, values, shared, beside, moment, find);
	const maySkip = Boolean(values[entries.skip]) && checked.accepted.length > 0;
	if (checked.refused.length && !maySkip) throw new InputError(checked.refused.flatMap((one) => one.problems));
	values[action.split.parameter] = checked.accepted.map(({ entry }) => entry);
	return { values, ...checked };
}

/** Cut a checked list of calls into parts that each keep the service's limits; `envelope` bytes stand around a part. */
function partsOf(action, prepared, envelope) {
	const { parameter, max_items: mostItems, max_bytes: mostBytes } = action.split;
	const parts = [];
	let size = 0;
	for (const { index, entry } of prepared.accepted) {
		const more = sizeOf(entry) + 1;
		const last = parts.at(-1);
		if (!last || last.places.length >= mostItems || size + more > mostBytes) {
			parts.push({ values: { ...prepared.values, [parameter]: [entry] }, places: [index] });
			size = envelope + more;
		} else {
			last.values[parameter].push(entry);
			last.places.push(index);
			size += more;
		}
	}
	return parts;
}

module.exports = { partsOf, prepare };
