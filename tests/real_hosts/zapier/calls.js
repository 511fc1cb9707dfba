'use strict';

// Answers a JSON array of questions from standard input by an app, as Zapier runs it: each names an operation by its place
// in the app (`creates.track.operation.perform`) and gives its bundle. Usage: node calls.js APP_FOLDER

const path = require('node:path');
const zapier = require('zapier-platform-core');
const schema = require('zapier-platform-core/src/tools/schema');

async function main() {
  const app = require(path.resolve(process.argv[2]));
  const tester = zapier.createAppTester(app);
  let text = '';
  for await (const part of process.stdin) text += part;
  const found = [];
  for (const { place, bundle } of JSON.parse(text)) {
    if (place === 'validate') {
      found.push({ value: schema.validateApp(schema.prepareApp(app)) });
      continue;
    }
    if (place === 'app') {
      found.push({ value: schema.serializeApp(schema.prepareApp(app)) });
      continue;
    }
    const operation = place.split('.').reduce((value, name) => value[name], app);
    try {
      found.push({ value: await tester(operation, bundle) });
    } catch (error) {
      found.push({ error: error.name, message: error.message });
    }
  }
  process.stdout.write(`\n${JSON.stringify(found)}\n`);
}

main();
