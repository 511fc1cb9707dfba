'use strict';

/** Long lists page by page, and the dropdowns that are read from them. */

const { InputError } = require('./input_error');
const { ServiceError } = require('./answer');
const { didYouMean } = require('./near_names');
const { at, equal, isObject } = require('./template_language');

const COUNTED = ['page', 'offset'];
const ENOUGH = 25;
const MOST_PAGES = 10;

const get = (value, place) => (place ? at(value, ...place.split('.')) : undefined);

/** A copy of an object with an item put at a dotted place. */
function put(value, place, item) {
	const [first, ...rest] = place.split('.');
	if (!rest.length) return { ...value, [first]: item };
	const below = value?.[first];
	return { ...value, [first]: put(isObject(below) ? below : {}, rest.join('.'), item) };
}

/** The place in the inputs that says which page is wanted. */
const positionOf = (paging) => ({ page: paging.page, offset: paging.offset })[paging.kind] ?? paging.cursor ?? '';

/** The inputs that ask for a page; without a position, the page that the inputs themselves ask for. */
function atPage(paging, inputs, position = null) {
	let following = inputs;
	if (position !== null) following = put(following, positionOf(paging), position);
	const isSized = position !== null || COUNTED.includes(paging.kind);
	const size = get(following, paging.size);
	if (isSized && paging.size && paging.default_size && (size === undefined || size === null)) {
		following = put(following, paging.size, paging.default_size);
	}
	return following;
}

/** Number or offset of the next page; `null` when there is none. A short page proves nothing. */
function counted(paging, inputs, outputs, count) {
	const size = get(inputs, paging.size);
	const first = paging.kind === 'page' ? (paging.first ?? 1) : 0;
	const position = Number(get(inputs, positionOf(paging)) ?? first);
	const following = position + (paging.kind === 'page' ? 1 : count);
	const more = get(outputs, paging.more);
	if (typeof more === 'boolean') return more ? following : null;
	const total = get(outputs, paging.total);
	const behind = paging.kind === 'offset' ? following : Number.isInteger(size) ? (following - first) * size : null;
	const isEnded = Number.isInteger(total) && behind !== null && behind >= total;
	return isEnded || !count ? null : following;
}

/** What the address of the next page in a `Link` header (RFC 8288) says of it. */
function linked(action, paging, header) {
	if (typeof header !== 'string') return null;
	const link = header.split(/,\s*(?=<)/).find((one) => /;\s*rel="?[^";]*\bnext\b/i.test(one));
	const address = link && /<([^>]*)>/.exec(link)?.[1];
	const value = address && new URL(address, 'http://localhost').searchParams.get(paging.link_parameter);
	if (!value) return null;
	const isText = [action.parameters[positionOf(paging)]?.type ?? 'string'].flat().includes('string');
	return !isText && /^\d+$/.test(value) ? Number(value) : value;
}

/** The entries of one page, and where the next one is; `null` at the end. */
function readPage(action, paging, inputs, outputs) {
	const found = get(outputs, paging.items);
	const items = isObject(found)
		? Object.entries(found).map(([name, value]) => ({ name, value }))
		: Array.isArray(found)
			? found
			: [];
	let next = get(outputs, paging.next);
	if (COUNTED.includes(paging.kind)) next = counted(paging, inputs, outputs, items.length);
	else if (paging.kind === 'link') next = linked(action, paging, next);
	return { items, next: next === undefined || next === '' ? null : next, outputs };
}

function endless(code, message) {
	return new ServiceError({
		code,
		message: `${message}, so the list would never end`,
		hint: "read the list again from the beginning; if it happens again, tell the service's support",
	});
}

/**
 * Every page of an action's list.
 *
 * @param {(inputs: object) => Promise<object>} run calls the action and gives its outputs
 */
async function* pagesOf(action, inputs, run) {
	for (const paging of action.paging) yield* walk(action, paging, inputs, run);
}

async function* walk(action, paging, inputs, run) {
	let current = atPage(paging, inputs);
	const given = get(current, positionOf(paging));
	const seen = new Set(given === undefined || given === null ? [] : [String(given)]);
	let before = null;
	for (;;) {
		const page = readPage(action, paging, current, await run(current));
		if (page.next !== null && seen.has(String(page.next))) {
			throw endless('repeated_cursor', 'the service gave the same cursor twice');
		}
		if (page.items.length && before && COUNTED.includes(paging.kind) && equal(page.items, before.items)) {
			throw endless('repeated_page', 'the service gave the same page twice');
		}
		yield page;
		if (page.next === null) return;
		seen.add(String(page.next));
		before = page;
		current = atPage(paging, inputs, page.next);
	}
}

/** What a dotted parameter of an action or a trigger says of its dropdown. */
function described(spec, parameter) {
	let schema = { properties: spec.parameters };
	for (const part of parameter.split('.')) {
		const known = schema.properties ?? {};
		const below = /^\d+$/.test(part) ? schema.items : known[part];
		if (!below) throw new InputError('unknown', 'there is no such parameter', didYouMean(part, Object.keys(known)), parameter);
		schema = below;
	}
	const found = schema.options ?? schema.items?.options;
	if (!found) throw new InputError('options', 'has no list of values to choose from', 'type the value', parameter);
	return found;
}

/** A list without pages: the first output that is a list. */
function wholeList(lister, parameter) {
	if (!lister.list) throw new InputError('options', `'${lister.name}' does not return a list`, 'name another action', parameter);
	return { kind: 'cursor', cursor: '', next: '', items: lister.list };
}

/**
 * A part of a dropdown: `items` with `value` and `label`, and `next`, the cursor for those that follow.
 *
 * @param {object} spec the action or trigger whose parameter it is
 * @param {object} inputs what is filled in so far
 * @param {(name: string) => object} find gives an action
 * @param {(name: string, inputs: object) => Promise<object>} run calls one and gives its outputs
 */
async function optionsOf(spec, parameter, inputs, find, run, { search, cursor = null } = {}) {
	const about = described(spec, parameter);
	const lister = find(about.action);
	const given = {};
	for (const [name, source] of Object.entries(about.inputs ?? {})) {
		given[name] = get(inputs, source);
		if (given[name] === undefined || given[name] === null || given[name] === '') {
			const what = `its values depend on '${source}', which is not filled in`;
			throw new InputError('depends', what, `choose ${source} first`, parameter);
		}
	}
	const paging = lister.paging[0] ?? wholeList(lister, parameter);
	const each = Object.entries(about.each ?? {}).flatMap(([name, values]) => values.map((value) => ({ [name]: value })));
	const kinds = each.length ? each : [{}];
	let [kind, place] = Array.isArray(cursor) ? cursor : [0, cursor];
	const items = [];
	for (let read = 0; read < MOST_PAGES && kind < kinds.length; read += 1) {
		const asked = atPage(paging, { ...given, ...kinds[kind] }, place);
		const page = readPage(lister, paging, asked, await run(lister.name, asked));
		items.push(...page.items.flatMap((item) => optionOf(item, about, search)));
		place = page.next;
		if (place === null) kind += 1;
		if (search === undefined || items.length >= ENOUGH) break;
	}
	if (kind === kinds.length) return { items, next: null };
	return { items, next: kinds.length === 1 ? place : [kind, place] };
}

function optionOf(item, about, search) {
	const value = get(item, about.value ?? 'id');
	if (value === undefined || value === null) return [];
	const label = String(get(item, about.label ?? 'name') ?? value);
	const isWanted = search === undefined || `${label} ${value}`.toLowerCase().includes(search.toLowerCase());
	return isWanted ? [{ value, label }] : [];
}

module.exports = { atPage, optionsOf, pagesOf, readPage };
