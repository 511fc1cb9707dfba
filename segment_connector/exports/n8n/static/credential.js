'use strict';

const properties = require('./properties.json');
const { authenticate, test } = require('../lib/way');

/** What the nodes for __TITLE__ sign their requests with. */
class __CREDENTIAL__ {
	constructor() {
		this.name = '__CREDENTIAL_NAME__';
		this.displayName = '__TITLE__ Connector API';
		this.icon = { light: 'file:icon.light.svg', dark: 'file:icon.dark.svg' };
		this.documentationUrl = '__DOCS__';
		this.properties = properties;
		this.authenticate = authenticate;
		this.test = test;
	}
}

module.exports = { __CREDENTIAL__ };
