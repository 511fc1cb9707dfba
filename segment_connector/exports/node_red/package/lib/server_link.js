'use strict';

const { setTimeout } = require('node:timers/promises');
const { ServiceClient, noAnswer, readAnswer } = require('./service_client');

/** The connector's service as a config node describes it: calls, dropdowns, and items as they come. */
class ServerLink {
  /** @param {{url: string, token: string, connection?: string, timeout?: number}} server `timeout` in seconds. */
  constructor(server) {
    this.url = server.url;
    this.timeout = (Number(server.timeout) || 60) * 1000;
    this.client = new ServiceClient(server, (request) => this.send(request), (seconds) => setTimeout(seconds * 1000));
  }

  async send({ url, ...request }) {
    try {
      const answer = await fetch(url, { ...request, redirect: 'manual', signal: AbortSignal.timeout(this.timeout) });
      return { status: answer.status, headers: answer.headers, text: await answer.text() };
    } catch (error) {
      throw noAnswer(this.url, reasonOf(error));
    }
  }

  /**
   * The items of a subscription behind a number, as they come, until the connection ends.
   *
   * @param {number} after the number of the last item that was dealt with.
   * @param {AbortSignal} signal ends it.
   * @returns {AsyncGenerator<{number: number, item: object}>}
   */
  async *items(trigger, id, after, signal) {
    const path = this.client.subscriptionPath(trigger, id, '/events');
    const headers = { ...this.client.headers, Accept: 'text/event-stream', 'Last-Event-ID': String(after) };
    let answer;
    try {
      answer = await fetch(this.client.url + path, { headers, redirect: 'manual', signal });
    } catch (error) {
      throw noAnswer(this.url, reasonOf(error));
    }
    if (answer.status !== 200) {
      readAnswer({ status: answer.status, headers: answer.headers, text: await answer.text() });
    }
    let rest = '';
    for await (const text of answer.body.pipeThrough(new TextDecoderStream())) {
      const events = (rest + text).split('\n\n');
      rest = events.pop();
      for (const event of events) {
        const data = event.split('\n').find((line) => line.startsWith('data: '));
        if (data) yield JSON.parse(data.slice('data: '.length));
      }
    }
  }
}

/** Why a request got no answer; what `fetch` itself says of it is always the same. */
function reasonOf(error) {
  return error.cause?.code ?? error.cause?.message ?? error.message;
}

module.exports = { ServerLink };
