'use strict';

const { InputError } = require('./input_error');
const { actions, triggers } = require('../resources/actions.json');

const ACTIONS = byName(actions);
const TRIGGERS = byName(triggers);

/**
 * What is known of an action.
 *
 * @throws {InputError} when there is none of the name.
 */
function actionOf(name) {
  return known(ACTIONS, name, 'action');
}

/** As `actionOf`, of a trigger. */
function triggerOf(name) {
  return known(TRIGGERS, name, 'trigger');
}

function known(all, name, kind) {
  const found = all.get(name);
  if (found) return found;
  const message = name ? `there is no ${kind} '${name}'` : `no ${kind} is chosen`;
  throw new InputError(`unknown_${kind}`, message, 'choose one in the edit dialog of the node');
}

function byName(all) {
  return new Map(all.map((one) => [one.name, one]));
}

module.exports = { actionOf, triggerOf };
