'use strict';

const path = require('node:path');

const { triggerOf } = require('../lib/actions');
const { fieldValues } = require('../lib/field_values');
const { readHostInputs } = require('../lib/host_inputs');
const { InputError } = require('../lib/input_error');
const { Resume } = require('../lib/resume');

const FIRST_WAIT = 1000; // milliseconds
const LONGEST_WAIT = 60_000;

module.exports = function (RED) {
  class Trigger {
    constructor(config) {
      RED.nodes.createNode(this, config);
      const folder = path.join(RED.settings.userDir ?? '.', '.{{name}}-triggers');
      this.resume = new Resume(folder, this.id);
      this.subscription = `node-red-${this.id}`;
      this.ended = new AbortController();
      this.started = new Promise((resolve) => { RED.events.once('flows:started', resolve); });
      this.following = this.follow(config);
      this.on('close', (removed, done) => this.end(removed).then(() => done(), done));
    }

    /** Follows the items for as long as the node lives; whatever goes wrong is told, and tried again. */
    async follow(config) {
      await Promise.race([this.started, this.aborted()]); // before, there is nobody to send to
      let wait = FIRST_WAIT;
      while (!this.ended.signal.aborted) {
        try {
          const trigger = triggerOf(config.trigger);
          const server = RED.nodes.getNode(config.server);
          if (!server) {
            throw new InputError('required', 'the node has no server', 'choose one in its edit dialog');
          }
          this.link = server.link;
          await this.subscribe(trigger, config);
          wait = FIRST_WAIT;
          await this.handOn(trigger);
        } catch (error) {
          if (this.ended.signal.aborted) return;
          this.status({ fill: 'red', shape: 'ring', text: RED._('trigger.status.waiting') });
          this.error(error.message, {});
          if (error instanceof InputError && !error.retryable && error.code !== 'unknown_subscription') return;
          wait = Math.min(wait * 2, LONGEST_WAIT);
        }
        await this.pause(wait);
      }
    }

    async subscribe(trigger, config) {
      const { client } = this.link;
      const before = this.resume.read();
      if (before.trigger && before.trigger !== trigger.name) {
        await client.unsubscribe(before.trigger, this.subscription);
      }
      const inputs = readHostInputs(trigger, await fieldValues(RED, this, config.fields, {}));
      const every = Number(config.every) > 0 ? { every: Number(config.every) } : {};
      const there = before.trigger === trigger.name && (await client.subscription(trigger.name, this.subscription));
      if (!there) this.resume.remove(); // the numbers of what was there before say nothing about what comes now
      await client.subscribe(trigger.name, { id: this.subscription, inputs, ...every });
      if (!there) this.resume.write({ trigger: trigger.name, after: 0 });
    }

    async handOn(trigger) {
      this.status({ fill: 'green', shape: 'dot', text: RED._('trigger.status.listening') });
      const { after } = this.resume.read();
      const { signal } = this.ended;
      for await (const { number, item } of this.link.items(trigger.name, this.subscription, after, signal)) {
        const { data, ...about } = item;
        this.send({ topic: item.title, payload: data, '{{name}}': { ...about, number } });
        this.resume.write({ trigger: trigger.name, after: number });
      }
    }

    aborted() {
      const { signal } = this.ended;
      return new Promise((resolve) => { signal.addEventListener('abort', resolve, { once: true }); });
    }

    async pause(milliseconds) {
      let timer;
      await Promise.race([this.aborted(), new Promise((resolve) => { timer = setTimeout(resolve, milliseconds); })]);
      clearTimeout(timer);
    }

    /** Stops. The subscription stays, and collects what happens meanwhile, unless the node itself was removed. */
    async end(removed) {
      this.ended.abort();
      await this.following;
      const { trigger } = this.resume.read();
      if (!removed || !trigger || !this.link) return;
      await this.link.client.unsubscribe(trigger, this.subscription);
      this.resume.remove();
    }
  }
  RED.nodes.registerType('{{name}}-trigger', Trigger);
};
