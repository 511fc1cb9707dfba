'use strict';

/**
 * Runs nodes of an exported package in n8n's own engine, and answers questions from standard input as JSON.
 *
 * node run.cjs PACKAGE < questions.json
 */

const { Module } = require('node:module');

require('reflect-metadata');

// As n8n's server does, so that packages find what it offers them.
process.env.NODE_PATH = module.paths.join(':');
Module._initPaths();

const { ExecuteContext, LoadOptionsContext, PackageDirectoryLoader, RoutingNode } = require('n8n-core');
const { Workflow, createRunExecutionData } = require('n8n-workflow');

const [folder] = process.argv.slice(2);

class Engine {
	async load() {
		this.loader = new PackageDirectoryLoader(folder);
		await this.loader.loadAll();
		this.nodeTypes = {
			getByName: (name) => this.type(name),
			getByNameAndVersion: (name) => this.type(name),
			getKnownTypes: () => ({}),
		};
	}

	type(name) {
		return this.loader.nodeTypes[name.split('.').pop()].type;
	}

	/** What n8n's server gives its engine. */
	additionalData(credential, executionId, currentNodeParameters) {
		const types = this.loader.credentialTypes;
		return {
			executionId,
			currentNodeParameters,
			variables: {},
			webhookBaseUrl: 'http://127.0.0.1/webhook',
			webhookWaitingBaseUrl: 'http://127.0.0.1/waiting',
			formWaitingBaseUrl: 'http://127.0.0.1/form',
			instanceBaseUrl: 'http://127.0.0.1',
			restApiUrl: '',
			credentialsHelper: {
				getParentTypes: () => [],
				isCredentialUsableByNode: () => true,
				getCredentialsProperties: (name) => types[name].type.properties,
				getDecrypted: async () => credential,
				preAuthentication: async () => undefined,
				authenticate: async (values, name, request) => types[name].type.authenticate(values, request),
			},
		};
	}

	node({ type, parameters, credentialName, typeVersion = 1 }) {
		return {
			id: 'node-1',
			name: 'Segment',
			type: `package.${type}`,
			typeVersion,
			position: [0, 0],
			parameters,
			credentials: { [credentialName]: { id: '1', name: 'sandbox' } },
		};
	}

	workflow(node) {
		return new Workflow({
			id: 'workflow-1',
			nodes: [node],
			connections: {},
			active: false,
			nodeTypes: this.nodeTypes,
			settings: { timezone: 'Europe/Madrid' },
		});
	}

	/** Run a node on items, as n8n does: by its own engine for declarative nodes. */
	async run({ credential, items = [{}], executionId = 'e1', runIndex = 0, ...given }) {
		const node = this.node(given);
		const workflow = this.workflow(node);
		const type = this.type(given.type);
		const inputData = { main: [items.map((json) => ({ json }))] };
		const executeData = { node: workflow.getNode(node.name), data: inputData, source: null };
		const context = new ExecuteContext(
			workflow,
			workflow.getNode(node.name),
			this.additionalData(credential, executionId),
			'manual',
			createRunExecutionData({ executionData: {} }),
			runIndex,
			inputData.main[0],
			inputData,
			executeData,
			[],
		);
		const [found] = await new RoutingNode(context, type).runNode();
		return found.map(({ json, error }) => (error ? { error: shown(error) } : json));
	}

	/** A list of values as the editor asks for it. */
	async values({ credential, method, list, filter, token, ...given }) {
		const node = this.node(given);
		const workflow = this.workflow(node);
		const data = this.additionalData(credential, undefined, given.parameters);
		const context = new LoadOptionsContext(workflow, workflow.getNode(node.name), data, '');
		return this.type(given.type).methods[list][method].call(context, filter, token);
	}

	/** What the package has. */
	async listed() {
		return {
			nodes: Object.fromEntries(
				Object.entries(this.loader.nodeTypes).map(([name, { type }]) => [name, JSON.parse(JSON.stringify(type.description))]),
			),
			credentials: Object.keys(this.loader.credentialTypes),
		};
	}
}

const shown = (error) => ({
	name: error.constructor.name,
	message: error.message,
	description: error.description,
	httpCode: error.httpCode,
	itemIndex: error.context?.itemIndex,
});

async function main() {
	const engine = new Engine();
	await engine.load();
	let text = '';
	for await (const part of process.stdin) text += part;
	const found = [];
	for (const { ask, ...question } of JSON.parse(text)) {
		try {
			found.push({ value: await engine[ask](question) });
		} catch (error) {
			found.push({ error: { ...shown(error), stack: error.stack } });
		}
	}
	process.stdout.write(JSON.stringify(found), () => process.exit(0));
}

main();
