'use strict';

const description = require('./description.json');
const { listening } = require('../../lib/listening');

const { forms, ...shown } = description;
const { methods, webhook, webhookMethods } = listening(forms, shown.credentials[0].name);

/** Starts a workflow when something happens in __TITLE__. */
class __TRIGGER__ {
	constructor() {
		this.description = shown;
		this.methods = methods;
		this.webhookMethods = webhookMethods;
		this.webhook = webhook;
	}
}

module.exports = { __TRIGGER__ };
