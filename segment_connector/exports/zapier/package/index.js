'use strict';

const { appOf } = require('./lib/app');
const { Caller } = require('./lib/{{mode}}_caller');
const operations = require('./lib/operations.json');
const { version } = require('./package.json');

module.exports = appOf(operations, Caller, version);
