'use strict';

/**
 * Runs nodes of an exported package in n8n's own engine, and answers questions from standard input as JSON.
 *
 * node run.cjs PACKAGE < questions.json
 */

const { once } = require('node:events');
const { createServer } = require('node:http');
const { Module } = require('node:module');

require('reflect-metadata');

// As n8n's server does, so that packages find what it offers them.
process.env.NODE_PATH = module.paths.join(':');
Module._initPaths();

const {
	ExecuteContext,
	HookContext,
	LoadOptionsContext,
	PackageDirectoryLoader,
	RoutingNode,
	WebhookContext,
} = require('n8n-core');
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

	/** Activate a trigger, let something happen, and give the item that starts the workflow; then deactivate it. */
	async listen({ credential, event, ...given }) {
		const node = this.node(given);
		const workflow = this.workflow(node);
		const type = this.type(given.type);
		const found = { answers: [] };
		const server = createServer(async (request, response) => {
			const parts = [];
			for await (const part of request) parts.push(part);
			request.rawBody = Buffer.concat(parts);
			for (const forged of [true, false]) {
				const headers = forged ? { ...request.headers, 'webhook-signature': 'v1,AAAA' } : request.headers;
				const answer = { status: 200 };
				const httpResponse = { status: (status) => Object.assign(answer, { status }) && { json: () => {} } };
				const data = { ...this.additionalData(credential), httpRequest: { headers, rawBody: request.rawBody }, httpResponse };
				const context = new WebhookContext(workflow, workflow.getNode(node.name), data, 'trigger', {}, [], null);
				const { workflowData } = await type.webhook.call(context);
				found.answers.push(answer.status);
				if (workflowData) found.item = workflowData[0][0].json;
			}
			response.end(() => server.emit('told'));
		});
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		const data = this.additionalData(credential);
		data.webhookBaseUrl = `http://127.0.0.1:${server.address().port}/webhook`;
		const hook = new HookContext(workflow, workflow.getNode(node.name), data, 'trigger', 'activate', {});
		const { checkExists, create, delete: remove } = type.webhookMethods.default;
		const asked = async () => checkExists.call(hook);
		found.exists = [await asked()];
		await create.call(hook);
		found.exists.push(await asked());
		const told = once(server, 'told');
		await this.run({ ...event, credential, credentialName: given.credentialName });
		await told;
		await remove.call(hook);
		found.exists.push(await asked());
		server.close();
		return found;
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
