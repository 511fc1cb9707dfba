'use strict';

const { createHash } = require('node:crypto');

const { actionOf } = require('../lib/actions');
const { fieldValues, payloadInputs } = require('../lib/field_values');
const { readHostInputs } = require('../lib/host_inputs');
const { InputError, problemText } = require('../lib/input_error');
const { pagesOf } = require('../lib/pages');

const LONGEST_STATUS = 40;

module.exports = function (RED) {
  class Action {
    constructor(config) {
      RED.nodes.createNode(this, config);
      this.on('input', (msg, send, done) => this.call(config, msg, send).then(() => done(), (error) => this.fail(error, done)));
    }

    async call(config, msg, send) {
      this.status({ fill: 'blue', shape: 'dot', text: RED._('action.status.sending') });
      const action = actionOf(config.action);
      const given = config.payload === false ? {} : payloadInputs(msg.payload);
      const filledIn = await fieldValues(RED, this, config.fields, msg);
      const inputs = readHostInputs(action, { ...given, ...filledIn }, actionOf);
      if (action.confirm && !config.confirm) {
        const message = `'${action.name}' asks first: ${action.confirm}`;
        throw new InputError('confirm', message, 'say yes to it in the edit dialog of the node');
      }
      const client = this.clientOf(config);
      const key = action.effect === 'read' ? undefined : keyOf(this.id, msg, action.name, inputs);
      const run = (asked) => client.run(action.name, asked, { key, confirm: config.confirm });
      const most = action.paging.length ? Number(config.most) || 0 : 0;
      const answer = most ? await firstEntries(action, inputs, run, most) : await run(inputs);
      answer.warnings?.forEach(({ field, message }) => this.warn(field ? `${field}: ${message}` : message));
      msg.payload = answer.outputs;
      msg['{{name}}'] = { action: action.name, meta: answer.meta };
      const done = most ? 'entries' : action.effect === 'read' ? 'read' : 'accepted';
      this.status({ fill: 'green', shape: 'dot', text: RED._(`action.status.${done}`, { count: answer.outputs.length }) });
      send(msg);
    }

    clientOf(config) {
      const server = RED.nodes.getNode(config.server);
      if (server) return server.link.client;
      throw new InputError('required', 'the node has no server', 'choose one in its edit dialog');
    }

    /** Tells the catch node the whole, and the status the beginning. */
    fail(error, done) {
      const { code, message, hint, field } = error;
      const problems = error.problems ?? (code && hint ? [{ code, message, hint, field }] : []);
      const text = problems.length ? shortText(problems[0]) : message;
      const short = text.length > LONGEST_STATUS ? `${text.slice(0, LONGEST_STATUS - 1)}…` : text;
      this.status({ fill: 'red', shape: 'ring', text: short });
      const told = problems.length ? new Error(problems.map(problemText).join('\n')) : error;
      if (problems.length) Object.assign(told, { code: problems[0].code, cause: { problems, status: error.status } });
      told.toString = () => told.message; // what the catch node shows
      done(told);
    }
  }
  RED.nodes.registerType('{{name}}-action', Action);
};

/** The first entries of a list, over its pages. */
async function firstEntries(action, inputs, run, most) {
  const found = [];
  let last;
  const pages = pagesOf(action, inputs, async (asked) => (last = await run(asked)).outputs);
  for await (const { items } of pages) {
    found.push(...items);
    if (found.length >= most) break;
  }
  return { ...last, outputs: found.slice(0, most) };
}

/**
 * The key under which a call counts once: the same for a message that comes again, another for other inputs and for
 * another part, since messages that a node made of one have its id in common.
 */
function keyOf(node, msg, action, inputs) {
  if (typeof msg.idempotencyKey === 'string' && msg.idempotencyKey) return msg.idempotencyKey;
  const digest = createHash('sha256').update(JSON.stringify([action, inputs, partOf(msg)])).digest('hex').slice(0, 16);
  return `${node}-${msg._msgid}-${digest}`;
}

/** Which part of a sequence a message is, as the split node counts them; null for a message of its own. */
function partOf({ parts }) {
  return parts && parts.id !== undefined ? [parts.index ?? null, partOf(parts)] : null;
}

function shortText({ field, message }) {
  return field && !message.includes(field) ? `${field}: ${message}` : message;
}
