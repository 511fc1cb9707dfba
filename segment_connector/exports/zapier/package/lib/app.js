'use strict';

const { version: platformVersion } = require('zapier-platform-core');

const { readHostInputs } = require('./host_inputs');
const { problemText } = require('./input_error');
const { pagesOf } = require('./pages');
const { verify } = require('./callback');

/**
 * The app, made of its operations.
 *
 * @param {object} operations as operations.json has them.
 * @param {Function} Caller how actions are called: by the service, or directly.
 */
function appOf(operations, Caller, version) {
  const app = new App(operations, Caller);
  return {
    version,
    platformVersion,
    flags: { cleanInputData: false },
    authentication: {
      type: 'custom',
      fields: operations.authentication,
      test: app.guarded((z, bundle) => new Caller(z, bundle, operations).test()),
      connectionLabel: (z, bundle) => Caller.label(bundle.authData),
    },
    creates: byKey(operations.creates, (one) => app.create(one)),
    searches: byKey(operations.searches, (one) => app.search(one)),
    triggers: {
      ...byKey(operations.triggers, (one) => app.trigger(one)),
      ...byKey(operations.dropdowns, (one) => app.dropdown(one), 'key'),
    },
  };
}

function byKey(all, make, key = 'name') {
  return Object.fromEntries(all.map((one) => [one[key], make(one)]));
}

class App {
  constructor(operations, Caller) {
    this.operations = operations;
    this.Caller = Caller;
    const actions = [...operations.creates, ...operations.searches];
    this.actions = new Map(actions.map((one) => [one.name, one]));
  }

  create(action) {
    return {
      ...this.described(action),
      operation: {
        inputFields: action.fields,
        perform: this.guarded(async (z, bundle) => (await this.callOf(z, bundle, action)).run()),
        sample: action.sample,
        outputFields: action.outputs,
      },
    };
  }

  /** A search gives a list: the entries of the action's list, or what it gives as the one entry. */
  search(action) {
    const [paging] = action.paging;
    const entries = paging && action.sample[paging.items];
    const [first = {}] = Array.isArray(entries) ? entries.map(asObject) : [action.sample];
    return {
      ...this.described(action),
      operation: {
        inputFields: action.fields,
        perform: this.guarded(async (z, bundle) => (await this.callOf(z, bundle, action)).entries()),
        sample: first,
        ...(paging ? {} : { outputFields: action.outputs }),
      },
    };
  }

  trigger(trigger) {
    const sample = { ...trigger.samples[0]?.data, ...aboutOf(trigger.samples[0] ?? { id: 'sample' }) };
    return {
      ...this.described(trigger),
      operation: {
        type: 'hook',
        inputFields: trigger.fields,
        performSubscribe: this.guarded((z, bundle) => {
          const caller = new this.Caller(z, bundle, this.operations);
          const inputs = readHostInputs(trigger, bundle.inputData, this.find);
          return caller.client.subscribe(trigger.name, { inputs, callback: { url: bundle.targetUrl } });
        }),
        performUnsubscribe: this.guarded(async (z, bundle) => {
          const caller = new this.Caller(z, bundle, this.operations);
          await caller.client.unsubscribe(trigger.name, bundle.subscribeData.id);
          return {};
        }),
        perform: (z, bundle) => {
          const why = verify(bundle.rawRequest, bundle.subscribeData?.callback_secret);
          if (why) throw new z.errors.HaltedError(why);
          const { data, ...item } = bundle.cleanedRequest;
          return [{ ...data, ...aboutOf(item) }];
        },
        performList: () => trigger.samples.map((item) => ({ ...item.data, ...aboutOf(item) })),
        sample,
        outputFields: trigger.outputs,
      },
    };
  }

  /** A hidden trigger whose items are the entries of a dropdown. */
  dropdown({ key, kind, name, parameter }) {
    return {
      key,
      noun: 'Choice',
      display: { label: `Choices of ${parameter}`.slice(0, 64), description: 'Fills a dropdown.', hidden: true },
      operation: {
        perform: this.guarded(async (z, bundle) => {
          const items = await new this.Caller(z, bundle, this.operations).options(kind, name, parameter, bundle.inputData);
          return items.map(({ value, label }) => ({ id: value, name: label }));
        }),
        sample: { id: 'id', name: 'Name' },
      },
    };
  }

  described({ name, noun, label, description }) {
    return { key: name, noun, display: { label, description } };
  }

  get find() {
    return (name) => this.actions.get(name);
  }

  async callOf(z, bundle, action) {
    const given = { ...bundle.inputData };
    const most = given[action.own.most];
    const confirm = [true, 'true', 'yes', '1'].includes(given[action.own.confirm]);
    Object.values(action.own).forEach((key) => { delete given[key]; });
    const inputs = readHostInputs(action, given, this.find);
    const caller = new this.Caller(z, bundle, this.operations);
    const run = (asked) => {
      if (action.own.confirm && !confirm) {
        const label = action.fields.find(({ key }) => key === action.own.confirm);
        throw refusal({ code: 'confirm', message: `'${action.name}' asks first: ${label.helpText}`, hint: `say yes in '${label.label}'` });
      }
      return caller.run(action.name, asked, confirm);
    };
    return { run: () => run(inputs), entries: () => entriesOf(action, inputs, run, Number(most) || 0) };
  }

  /** Tells errors in Zapier's way: what is wrong with its cure; to be tried later where that may help. */
  guarded(perform) {
    return async (z, bundle) => {
      try {
        return await perform(z, bundle);
      } catch (error) {
        throw zapierError(z, error);
      }
    };
  }
}

async function entriesOf(action, inputs, run, most) {
  if (!action.paging.length) return [await run(inputs)];
  const found = [];
  for await (const { items } of pagesOf(action, inputs, run)) {
    found.push(...items.map(asObject));
    if (!most || found.length >= most) break;
  }
  return most ? found.slice(0, most) : found;
}

function asObject(entry) {
  return typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? entry : { value: entry };
}

/** What is told of an item beside what happened; its id is what Zapier counts it once by. */
function aboutOf({ id, at, title }) {
  return { id, item_at: at, item_title: title };
}

function refusal(problem) {
  return Object.assign(new Error(problemText(problem)), { problems: [problem], code: problem.code });
}

function zapierError(z, error) {
  const { code, hint, message, field, status, problems, retryAfter } = error;
  const known = problems ?? (code && hint ? [{ code, message, hint, field }] : undefined);
  if (!known) return error;
  const text = known.map(problemText).join('\n');
  if (status === 429 || retryAfter) return new z.errors.ThrottledError(text, Math.ceil(retryAfter ?? 60));
  return new z.errors.Error(text, known[0].code, status ?? 422);
}

module.exports = { appOf };
