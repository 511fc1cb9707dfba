/* The fields of edit dialogs, drawn from actions.json; runs in the editor. */
(() => {
  'use strict';

  const MOST_OPTIONS = 50;
  const VALUES = ['msg', 'flow', 'global', 'env', 'jsonata'];
  const TYPES = { string: 'str', number: 'num', integer: 'num', boolean: 'bool', object: 'json', array: 'json', any: 'json' };

  let catalogue;
  const loaded = () => (catalogue ??= $.getJSON('resources/{{package}}/actions.json'));

  /** The form of an action node: groups and search narrow the list of actions; the one that is chosen has its fields. */
  function actionForm(node) {
    const form = new Form(node, 'actions');
    const group = $('#{{name}}-group');
    const search = $('#{{name}}-search');
    const select = $('#node-input-action');
    loaded().then(({ groups, actions }) => {
      const show = () => {
        const action = actions.find(({ name }) => name === select.val());
        form.show(action);
        $('.{{name}}-most').toggle(Boolean(action?.paging.length));
        $('.{{name}}-confirm').toggle(Boolean(action?.confirm)).find('label').text(action?.confirm ?? '');
      };
      const list = () => {
        const words = search.val().toLowerCase().split(/\s+/).filter(Boolean);
        const found = ranked(actions.filter((one) => !group.val() || one.group === group.val()), words);
        select.empty().append(found.map(({ name, title }) => new Option(title, name)));
        if (!found.length) select.append(new Option(node._('action.label.none'), ''));
        select.val(found.some(({ name }) => name === chosen) ? chosen : select.find('option').first().val());
        show();
      };
      let chosen = node.action || actions[0]?.name;
      group.append(new Option(node._('action.label.allGroups'), ''), groups.map(({ name, title }) => new Option(title, name)));
      group.on('change', list);
      search.on('input', list);
      select.on('change', () => {
        chosen = select.val();
        $('#node-input-confirm').prop('checked', false); // a yes is to one action
        show();
      });
      list();
    });
    return form;
  }

  /** The form of a trigger node. */
  function triggerForm(node) {
    const form = new Form(node, 'triggers');
    const select = $('#node-input-trigger');
    loaded().then(({ triggers }) => {
      const show = () => {
        const trigger = triggers.find(({ name }) => name === select.val());
        form.show(trigger);
        $('.{{name}}-every').toggle(trigger?.kind === 'poll');
      };
      select.append(triggers.map(({ name, title }) => new Option(title, name)));
      select.val(node.trigger || triggers[0]?.name);
      select.on('change', show);
      show();
    });
    return form;
  }

  /** Those that have all words, the ones that have them in their titles first. */
  function ranked(actions, words) {
    const has = (text) => words.every((word) => text.toLowerCase().includes(word));
    const inTitle = actions.filter(({ title, name }) => has(`${title} ${name}`));
    const elsewhere = actions.filter((one) => !inTitle.includes(one) && has([one.title, one.summary, ...one.keywords].join(' ')));
    return [...inTitle, ...elsewhere];
  }

  class Form {
    constructor(node, kind) {
      this.node = node;
      this.kind = kind;
      this.fields = [];
      this.kept = { ...node.fields };
    }

    /** Shows the fields of an action or trigger; what was filled in stays where a field of the name is there too. */
    show(spec) {
      this.kept = { ...this.kept, ...this.values() };
      this.spec = spec;
      this.fields = [];
      const place = $('.{{name}}-fields').empty();
      $('.{{name}}-about').text(spec?.summary ?? '').toggle(Boolean(spec));
      if (!spec) return;
      const more = $('<details>').append($('<summary style="cursor: pointer; margin: 8px 0">').text(this.node._('action.label.more')));
      for (const field of spec.fields) this.add(field, field.advanced ? more : place);
      const advanced = spec.fields.filter((one) => one.advanced);
      if (advanced.length) place.append(more);
      more.prop('open', advanced.some(({ name }) => filled(this.kept[name])));
      RED.sidebar.help.set(helpOf(spec), spec.title);
    }

    add(field, place) {
      const row = $('<div class="form-row">').appendTo(place);
      const id = `{{name}}-field-${field.name}`;
      const label = $('<label>', { for: id }).text(field.title).appendTo(row);
      if (field.required) label.append($('<span style="color: var(--red-ui-text-color-error)">').text(' *'));
      const input = $('<input>', { type: 'text', id, placeholder: placeholderOf(field) }).css('width', '70%').appendTo(row);
      const types = typesOf(field, (search, done) => this.options(field, search, done));
      const usual = typeof types[0] === 'string' ? types[0] : types[0].value;
      const { type, value } = this.kept[field.name] ?? { type: usual, value: '' };
      input.typedInput({ types, default: usual });
      input.typedInput('type', type);
      input.typedInput('value', value);
      if (field.description) {
        $('<div style="margin-left: 105px; opacity: .7; font-size: .9em">').text(field.description).appendTo(row);
      }
      this.fields.push({ field, input });
    }

    /** What was filled in, as the node keeps it. */
    values() {
      const all = this.fields.map(({ field, input }) => [
        field.name, { type: input.typedInput('type'), value: input.typedInput('value') },
      ]);
      return Object.fromEntries(all.filter(([, given]) => filled(given)));
    }

    /** The entries of a dropdown, by the server of the node. */
    options(field, search, done) {
      const typed = Object.entries(this.values()).filter(([name, { type }]) => name !== field.name && ['str', 'choice'].includes(type));
      const inputs = Object.fromEntries(typed.map(([name, { value }]) => [name, value]));
      $.ajax({
        type: 'POST', url: `{{name}}-server/${$('#node-input-server').val()}/options`, contentType: 'application/json',
        data: JSON.stringify({ kind: this.kind, name: this.spec.name, parameter: field.name, inputs, search }),
      }).then(
        ({ items }) => done(items.slice(0, MOST_OPTIONS).map(({ value, label }) => ({ value: String(value), label: `${label} (${value})` }))),
        ({ responseJSON: told }) => {
          done([]);
          RED.notify(told ? [told.message, told.hint].filter(Boolean).join(': ') : 'Node-RED does not answer', 'warning');
        },
      );
    }
  }

  function filled(given) {
    return Boolean(given) && given.type !== 'none' && given.value !== '';
  }

  function typesOf(field, search) {
    if (field.secret) return ['env', 'msg', 'flow', 'global', 'jsonata']; // what is typed here would stand in the flow
    const own = TYPES[field.type];
    const empty = field.required ? [] : [{ value: 'none', label: '—', hasValue: false }];
    if (field.enum) {
      const options = field.enum.filter((one) => one !== null).map((one) => ({ value: String(one), label: String(one) }));
      return [...empty, { value: 'choice', label: field.title, options }, ...VALUES];
    }
    if (field.options && own !== 'json') {
      const autoComplete = (value, done) => search(value, done);
      return [{ value: 'choice', label: field.title, icon: 'fa fa-list', autoComplete }, own, ...VALUES];
    }
    return own === 'bool' || own === 'json' ? [...empty, own, ...VALUES] : [own, ...VALUES];
  }

  function placeholderOf({ placeholder, example }) {
    if (placeholder || example === undefined) return placeholder ?? '';
    return typeof example === 'object' ? JSON.stringify(example) : String(example);
  }

  /** The help of what is chosen, for the sidebar. */
  function helpOf({ description, fields, outputs, docs, confirm }) {
    const list = (title, entries) => (entries.length ? [
      $('<h3>').text(title),
      $('<dl class="message-properties">').append(entries.flatMap((one) => [
        $('<dt>').toggleClass('optional', 'title' in one && !one.required)
          .append(document.createTextNode(one.name), $('<span class="property-type">').text(one.type)),
        $('<dd>').text(one.description ?? ''),
      ])),
    ] : []);
    return $('<div>').append(
      $('<p>').text(description),
      confirm ? $('<p>').append($('<b>').text(confirm)) : [],
      list('Inputs', fields),
      list('Output: msg.payload', outputs),
      docs ? $('<p>').append($('<a target="_blank">').attr('href', docs).text(docs)) : [],
    ).html();
  }

  window['{{name}}ConnectorForm'] = { actionForm, triggerForm };
})();
