'use strict';

const description = require('./description.json');
const { methodsOf, routed } = require('../../lib/routing');

/** A node for every action of __TITLE__. */
class __NODE__ {
	constructor() {
		this.description = routed(description);
		this.methods = methodsOf(description);
	}
}

module.exports = { __NODE__ };
