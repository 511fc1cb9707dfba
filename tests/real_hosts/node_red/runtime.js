'use strict';

// Node-RED in this process, as other programs embed it. Says in lines when flows have started, and then its port; ends
// with its input.
// Usage: node runtime.js USER_FOLDER

const http = require('node:http');
const express = require('express');
const RED = require('node-red');

const STARTED = 'flows started';
const app = express();
const server = http.createServer(app);
const settings = {
  userDir: process.argv[2],
  httpAdminRoot: '/admin',
  httpNodeRoot: '/',
  credentialSecret: 'made-up-secret-of-the-tests',
  logging: { console: { level: 'info', metrics: false, audit: false } },
  editorTheme: { tours: false, palette: { catalogues: [] } },
  telemetry: { enabled: false, updateNotification: false },
};

async function main() {
  RED.init(server, settings);
  RED.events.on('flows:started', () => console.log(STARTED));
  app.use(settings.httpAdminRoot, RED.httpAdmin);
  app.use(settings.httpNodeRoot, RED.httpNode);
  await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  await RED.start();
  console.log(`port ${server.address().port}`);
  process.stdin.on('end', async () => {
    await RED.stop();
    process.exit(0);
  });
  process.stdin.resume();
}

main();
