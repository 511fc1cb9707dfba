'use strict';

/** Answers a JSON array of questions from standard input, each by what the exported connector says. */

const path = require('node:path');

const [folder] = process.argv.slice(2);
const { Connector } = require(path.join(folder, 'connector.js'));
const { readHostInputs } = require(path.join(folder, 'host_inputs.js'));
const { problemsOf } = require(path.join(folder, 'schema_check.js'));
const language = require(path.join(folder, 'template_language.js'));
const { outputsOf, outputsOfParts } = require(path.join(folder, 'answer.js'));

const NOW = '2026-01-31T12:00:00.000Z';

function moment() {
	let count = 0;
	return {
		now: NOW,
		newId: () => `00000000-0000-4000-8000-${String((count += 1)).padStart(12, '0')}`,
	};
}

async function send({ method, url, headers, content }) {
	const answer = await fetch(url, { method, headers, body: content });
	return { status: answer.status, headers: Object.fromEntries(answer.headers), text: await answer.text() };
}

const told = (error) => {
	if (!['InputError', 'ServiceError', 'TemplateError'].includes(error.name)) return { crash: error.stack };
	return { error: error.name, message: error.message, ...error };
};

const answers = {
	/** The requests of a call, and the outputs that an answer makes. */
	plan(connector, { action, input, connection, response }) {
		const { prepared, requests } = connector.plan(action, input, connection, moment());
		const sent = requests.map(({ request }) => ({ ...request, signed: connector.signed(request, connection) }));
		if (response === undefined) return { requests: sent };
		const spec = connector.action(action);
		const text = response.body === undefined ? '' : JSON.stringify(response.body);
		const answer = { status: response.status ?? 200, headers: response.headers ?? {}, text };
		const [{ request, values }] = requests;
		let outputs = outputsOf(connector.spec, spec, request, values, connection, answer);
		if (spec.split) {
			const { accepted, refused } = prepared;
			outputs = outputsOfParts(spec, values, { accepted: accepted.length, requests: requests.length, refused });
		}
		return { requests: sent, outputs };
	},
	problems: (_, { schema, rules, value }) => problemsOf(schema, value, rules),
	inputs: (_, { schema, sent, form }) =>
		readHostInputs({ parameters: { value: schema } }, { value: sent }, () => null, form ?? false),
	read: (connector, { action, given }) => connector.inputs(action, given),
	/** What becomes of a value that is written in JavaScript. */
	// eslint-disable-next-line no-new-func
	copied: (_, { code }) => readHostInputs({ parameters: {} }, { a: [new Function(`return (${code});`)()] }, () => null),
	template: (_, { text, names }) =>
		// eslint-disable-next-line no-new-func
		new Function(...Object.keys(language), `return (${text});`)(...Object.values(language))(names),
	call: (connector, { action, input, connection }) => connector.call(action, input, connection, { send, moment: moment() }),
	async pages(connector, { action, input, connection }) {
		const pages = [];
		for await (const { items, next } of connector.pages(action, input, connection, { send, moment: moment() })) {
			pages.push({ items, next });
		}
		return pages;
	},
	options: (connector, { action, parameter, input, connection, wanted }) =>
		connector.options(action, parameter, input, connection, { send, moment: moment() }, wanted),
};

async function main() {
	const connector = new Connector(require(path.join(folder, 'actions.json')), require(path.join(folder, 'templates.js')));
	let text = '';
	for await (const part of process.stdin) text += part;
	const found = [];
	for (const question of JSON.parse(text)) {
		try {
			found.push({ value: await answers[question.ask](connector, question) });
		} catch (error) {
			found.push(told(error));
		}
	}
	process.stdout.write(JSON.stringify(found));
}

main();
