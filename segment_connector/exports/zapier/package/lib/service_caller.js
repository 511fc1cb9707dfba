'use strict';

const { ServiceClient, noAnswer } = require('./service_client');

const MOST_PARTS = 5;

/** Calls actions by the connector's service. */
class Caller {
  constructor(z, bundle) {
    const { url } = bundle.authData;
    this.client = new ServiceClient(bundle.authData, async (request) => {
      let answer;
      try {
        answer = await z.request({ ...request, skipThrowForStatus: true });
      } catch (error) {
        throw noAnswer(url, error.message);
      }
      return { status: answer.status, headers: { get: (name) => answer.getHeader(name) }, text: answer.content };
    });
  }

  static label({ url, connection }) {
    return connection ? `${connection} at ${url}` : url;
  }

  test() {
    return this.client.test();
  }

  async run(action, inputs, confirm) {
    return (await this.client.run(action, inputs, { confirm })).outputs;
  }

  async options(kind, name, parameter, inputs) {
    const found = [];
    let cursor;
    for (let part = 0; part < MOST_PARTS && cursor !== null; part += 1) {
      const { items, next } = await this.client.options(kind, name, parameter, { inputs, cursor });
      found.push(...items);
      cursor = next;
    }
    return found;
  }
}

module.exports = { Caller };
