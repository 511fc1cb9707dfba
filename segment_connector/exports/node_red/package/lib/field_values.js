'use strict';

const { promisify } = require('node:util');

const { InputError } = require('./input_error');
const { parseJson } = require('./json_text');

/**
 * The values of the fields of an edit dialog, for one message.
 *
 * @param {object} RED
 * @param {object} node
 * @param {Object<string, {type: string, value: string}>} fields as the dialog keeps them: `choice` is a value that was
 *   chosen from a list; the other types are those of Node-RED's typedInput.
 * @param {object} [msg]
 * @returns {Promise<Object<string, *>>} without those that were not filled in.
 */
async function fieldValues(RED, node, fields, msg) {
  const evaluate = promisify(RED.util.evaluateNodeProperty);
  const found = {};
  for (const [name, { type, value }] of Object.entries(fields ?? {})) {
    if (type === 'none' || value === '' || value === undefined) continue;
    const given = LITERAL.has(type) ? value : await evaluate(value, type, node, msg);
    if (given !== undefined) found[name] = given;
  }
  return found;
}

// Read by the shapes of the parameters, as all text is.
const LITERAL = new Set(['str', 'choice', 'num', 'bool', 'json']);

/**
 * The inputs in a payload: an object, or the JSON text of one; anything else holds none.
 *
 * @throws {InputError} for text that begins as an object and is not JSON.
 */
function payloadInputs(payload) {
  const text = typeof payload === 'string' && payload.trimStart().startsWith('{');
  const object = typeof payload === 'object' && payload !== null && !Array.isArray(payload) && !Buffer.isBuffer(payload);
  if (object) return payload;
  if (!text) return {};
  try {
    return parseJson(payload);
  } catch (error) {
    const hint = 'mend the JSON; names and texts need double quotes';
    throw new InputError('json', `begins as JSON and is not: ${error.message}`, hint, 'payload');
  }
}

module.exports = { fieldValues, payloadInputs };
