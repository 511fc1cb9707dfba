'use strict';

/** The fields of a node as inputs of an action. */

const { connector } = require('./connectors');
const { readHostInputs } = require('./host_inputs');
const { parseJson } = require('./json_text');

const WITHOUT_ZONE = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2}(?:\.\d+)?)?$/;

/** What a list to choose from, with a mode to enter an id, gives. */
const chosen = (value) => (value !== null && typeof value === 'object' && value.__rl === true ? value.value : value);

/** A JSON field is text, whatever the parameter takes; what is no JSON stays text, and is judged as that. */
function fromJson(value) {
	if (typeof value !== 'string') return value;
	try {
		return parseJson(value);
	} catch {
		return value;
	}
}

/** The offset of a zone at an instant, in minutes. */
function offsetAt(instant, zone) {
	const parts = new Intl.DateTimeFormat('en-US', {
		timeZone: zone,
		hourCycle: 'h23',
		year: 'numeric',
		month: 'numeric',
		day: 'numeric',
		hour: 'numeric',
		minute: 'numeric',
		second: 'numeric',
	}).formatToParts(instant);
	const at = Object.fromEntries(parts.map(({ type, value }) => [type, Number(value)]));
	const wall = Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute, at.second);
	return Math.round((wall - Math.floor(instant / 1000) * 1000) / 60000);
}

/** A date of n8n's own picker, which names no zone, in the zone of the workflow; other values as they are. */
function zoned(value, zone) {
	if (value !== null && typeof value === 'object' && typeof value.toISO === 'function') return value.toISO();
	const found = typeof value === 'string' ? WITHOUT_ZONE.exec(value.trim()) : null;
	if (!found) return value;
	const wall = `${found[1]}T${found[2]}${found[3] ?? ':00'}`;
	const near = Date.parse(`${wall}Z`);
	if (Number.isNaN(near)) return value;
	// The offset where the clock shows this time, which may differ from the one of the same time in UTC.
	const minutes = offsetAt(near - offsetAt(near, zone) * 60000, zone);
	const size = Math.abs(minutes);
	const digits = (number) => String(number).padStart(2, '0');
	return `${wall}${minutes < 0 ? '-' : '+'}${digits(Math.floor(size / 60))}:${digits(size % 60)}`;
}

/**
 * The inputs of an action or a trigger.
 *
 * @param {object} spec its name and parameters
 * @param {object} form the names of required fields, and how fields are read
 * @param {(name: string, fallback: unknown) => unknown} parameter gives a field of the node
 * @param {string} zone of the workflow
 */
function inputsOf(spec, form, parameter, zone) {
	const given = { ...parameter('additionalFields', {}) };
	for (const [name, field] of Object.entries(form.required)) given[name] = parameter(field, undefined);
	const read = Object.entries(given).map(([name, value]) => {
		const plain = Array.isArray(value) ? value.map(chosen) : chosen(value);
		if (form.read[name] === 'dateTime') return [name, zoned(plain, zone)];
		const isAny = (spec.parameters[name]?.type ?? []).includes('string');
		return [name, form.read[name] === 'json' && isAny ? fromJson(plain) : plain];
	});
	return readHostInputs(spec, Object.fromEntries(read.filter(([, value]) => value !== undefined)), connector.find);
}

module.exports = { chosen, inputsOf };
