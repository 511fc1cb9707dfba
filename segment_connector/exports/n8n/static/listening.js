'use strict';

/** A trigger node over the connector's service: it subscribes there, and is sent items that are signed. */

const { createHmac, timingSafeEqual } = require('node:crypto');

const { ServiceError } = require('./answer');
const { derivedId } = require('./moment');
const { nodeError } = require('./node_errors');
const { inputsOf } = require('./node_inputs');
const { formIo, methodsFor } = require('./routing');
const { ask } = require('./service_call');
const triggers = require('./triggers.json');

/** Seconds that a delivery may be old, as Standard Webhooks has it. */
const OLDEST = 300;

/** Whether an item comes from the service: its signature fits, and it was made just now. */
function isProved(secret, headers, body, now = Date.now()) {
	const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
	if (!secret || !id || !signatures || !(Math.abs(now / 1000 - Number(timestamp)) <= OLDEST)) return false;
	const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
	const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
	return signatures.split(' ').some((signature) => {
		const [version, text = ''] = signature.split(',');
		const given = Buffer.from(text, 'base64');
		return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
	});
}

function listening(forms, credentialName) {
	const place = (trigger, id = '') => `/v1/triggers/${encodeURIComponent(trigger)}/subscriptions${id && `/${encodeURIComponent(id)}`}`;

	/** Ask the service as the node; `given` is the body. */
	async function asked(context, method, path, given) {
		const credential = await context.getCredentials(credentialName);
		return ask(credential, formIo(context, credentialName), method, path, given);
	}

	/** What the fields of the node say. */
	function wanted(context) {
		const parameter = (name, fallback) => context.getNodeParameter(name, fallback);
		const trigger = parameter('trigger');
		return { trigger, inputs: inputsOf(triggers[trigger], forms[trigger], parameter, context.getTimezone()) };
	}

	const webhookMethods = {
		default: {
			/** Whether the subscription that the node made is still there, and leads here. */
			async checkExists() {
				const kept = this.getWorkflowStaticData('node');
				if (!kept.id) return false;
				try {
					const { trigger } = wanted(this);
					if (kept.trigger !== trigger || kept.url !== this.getNodeWebhookUrl('default')) return false;
					await asked(this, 'GET', place(kept.trigger, kept.id));
					return true;
				} catch (error) {
					if (error instanceof ServiceError && error.status === 404) return false;
					throw nodeError(this.getNode(), error);
				}
			},
			async create() {
				try {
					const { trigger, inputs } = wanted(this);
					const { connection } = await this.getCredentials(credentialName);
					const url = this.getNodeWebhookUrl('default');
					const id = `n8n-${derivedId([url, trigger, Date.now()].join('/'))}`;
					const given = { id, inputs, callback: { url }, ...(connection ? { connection } : {}) };
					const made = await asked(this, 'POST', place(trigger), given);
					Object.assign(this.getWorkflowStaticData('node'), { id, trigger, url, secret: made.callback_secret });
					return true;
				} catch (error) {
					throw nodeError(this.getNode(), error);
				}
			},
			async delete() {
				const kept = this.getWorkflowStaticData('node');
				if (!kept.id) return true;
				try {
					await asked(this, 'DELETE', place(kept.trigger, kept.id));
				} catch (error) {
					if (!(error instanceof ServiceError) || error.status !== 404) throw nodeError(this.getNode(), error);
				}
				for (const name of ['id', 'trigger', 'url', 'secret']) delete kept[name];
				return true;
			},
		},
	};

	/** Take an item if it is proved; the service sends again what is not taken. */
	async function webhook() {
		const request = this.getRequestObject();
		if (request.rawBody === undefined && request.readRawBody) await request.readRawBody();
		const { secret } = this.getWorkflowStaticData('node');
		if (!isProved(secret, this.getHeaderData(), request.rawBody ?? Buffer.alloc(0))) {
			this.getResponseObject().status(401).json({ message: 'the signature does not fit' });
			return { noWebhookResponse: true };
		}
		return { workflowData: [this.helpers.returnJsonArray([JSON.parse(request.rawBody.toString('utf8'))])] };
	}

	return { methods: methodsFor(Object.values(triggers), credentialName), webhook, webhookMethods };
}

module.exports = { isProved, listening };
