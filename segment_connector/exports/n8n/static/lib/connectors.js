'use strict';

/** The connector that the nodes share. */

const { Connector } = require('./connector');

const connector = new Connector(require('./actions.json'), require('./templates'));

module.exports = { connector };
