'use strict';

const { randomUUID } = require('node:crypto');

const { Connector } = require('./connector');
const { readHostInputs } = require('./host_inputs');

const connector = new Connector(require('./actions.json'), require('./templates'));
const MOST_PARTS = 5;

/** Calls actions of the service itself, by requests that are made here. */
class Caller {
  constructor(z, bundle, operations) {
    this.tests = operations.tests;
    this.connection = readHostInputs({ parameters: connector.spec.connection }, bundle.authData, connector.find);
    this.io = {
      moment: { now: new Date().toISOString(), newId: randomUUID },
      send: async ({ method, url, headers, content }) => {
        const answer = await z.request({ method, url, headers, body: content, redirect: 'manual', skipThrowForStatus: true });
        return { status: answer.status, headers: Object.fromEntries(answer.headers), text: answer.content };
      },
    };
  }

  static label({ region }) {
    return region ?? '';
  }

  /** Reads something by each credential that there is. */
  async test() {
    connector.connection(this.connection);
    const proved = [];
    for (const { needs, action } of this.tests) {
      if (needs.every((name) => this.connection[name])) {
        await connector.call(action, {}, this.connection, this.io);
        proved.push(action);
      }
    }
    return { proved };
  }

  run(action, inputs) {
    return connector.call(action, inputs, this.connection, this.io);
  }

  async options(kind, name, parameter, inputs) {
    const found = [];
    let cursor = null;
    for (let part = 0; part < MOST_PARTS; part += 1) {
      const { items, next } = await connector.options(name, parameter, inputs, this.connection, this.io, { cursor });
      found.push(...items);
      if (next === null) break;
      cursor = next;
    }
    return found;
  }
}

module.exports = { Caller };
