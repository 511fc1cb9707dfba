'use strict';

const { InputError } = require('../lib/input_error');
const { ServerLink } = require('../lib/server_link');

module.exports = function (RED) {
  class Server {
    constructor(config) {
      RED.nodes.createNode(this, config);
      const { url, connection, timeout } = config;
      this.link = new ServerLink({ url, connection, timeout, token: this.credentials?.token });
    }
  }
  RED.nodes.registerType('{{name}}-server', Server, { credentials: { token: { type: 'password' } } });

  // For edit dialogs: dropdowns, and what can be verified of the connection. The token stays here.
  const allowed = RED.auth.needsPermission('{{name}}-server.read');

  RED.httpAdmin.post('/{{name}}-server/:id/options', allowed, (request, response) => {
    const { kind, name, parameter, inputs, search, cursor } = request.body ?? {};
    answer(request, response, (client) =>
      client.options(kind === 'triggers' ? 'triggers' : 'actions', String(name), String(parameter), { inputs, search, cursor }),
    );
  });

  RED.httpAdmin.post('/{{name}}-server/:id/test', allowed, (request, response) => {
    answer(request, response, (client) => client.test());
  });

  async function answer(request, response, ask) {
    const server = RED.nodes.getNode(request.params.id);
    if (!(server instanceof Server)) {
      const hint = 'deploy it, so that its token is known to Node-RED';
      response.status(404).json({ message: 'the server is not deployed yet', hint });
      return;
    }
    try {
      response.json(await ask(server.link.client));
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      response.status(502).json({ ...error.problems[0], problems: error.problems });
    }
  }
};
