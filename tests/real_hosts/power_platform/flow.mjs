// Calls operations of exported connectors as a flow of Power Platform would: by the definition alone, through the
// policies of apiProperties.json. Swagger's own client reads the definition and makes the requests.
//
// Each line of standard input is {folder, connection, routes, steps}. A step is {connector, call, parameters}, or {connector,
// call, list, parameters} for the entries of the dropdown at a place of the call's body or query, or {connector} to have a
// definition validated. Each line of standard output is what came of the steps, or {error}.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import SwaggerParser from "@apidevtools/swagger-parser";
import SwaggerClient from "swagger-client";

const clients = {};
let folder, connection, routes;
const read = async (...path) => JSON.parse(await readFile(resolve(folder, ...path), "utf8"));

// What @connectionParameters('name') of a policy stands for.
const filled = (text) => text.replace(/@connectionParameters\('(\w+)'\)/g, (_, name) => connection[name] ?? "");

async function client(connector) {
  const known = resolve(folder, connector);
  if (clients[known]) return clients[known];
  const definition = await read(connector, "apiDefinition.swagger.json");
  const { properties } = await read(connector, "apiProperties.json");
  const through = (request) => {
    for (const { templateId, parameters } of properties.policyTemplateInstances) {
      const given = (name) => filled(parameters[`x-ms-apimTemplateParameter.${name}`]);
      if (templateId === "dynamichosturl") {
        const url = new URL(request.url);
        request.url = given("urlTemplate") + url.pathname + url.search;
      } else if (templateId === "setheader") request.headers[given("name")] = given("value");
      else throw new Error(`no policy '${templateId}' is known`);
    }
    if (properties.connectionParameters.username) {
      request.headers.Authorization = "Basic " + btoa(`${connection.username}:${connection.password ?? ""}`);
    }
    for (const [address, instead] of Object.entries(routes)) {
      if (request.url.startsWith(address)) request.url = instead + request.url.slice(address.length);
    }
    return request;
  };
  return (clients[known] = { definition, swagger: await SwaggerClient({ spec: definition, requestInterceptor: through }) });
}

function operation({ definition }, name) {
  const found = Object.values(definition.paths)
    .flatMap((path) => Object.values(path))
    .find((one) => one.operationId === name);
  if (!found) throw new Error(`there is no operation '${name}'`);
  return found;
}

async function call(connector, name, parameters) {
  const { definition, swagger } = await client(connector);
  const known = operation({ definition }, name).parameters ?? [];
  for (const one of Object.keys(parameters)) {
    if (!known.some((parameter) => parameter.name === one)) throw new Error(`'${name}' has no parameter '${one}'`);
  }
  const answer = await swagger.execute({ operationId: name, parameters }).catch((error) => error.response ?? Promise.reject(error));
  return { status: answer.status, headers: answer.headers, body: answer.body ?? answer.obj };
}

// The entries of a dropdown, by the words of the definition; `place` is 'body/inputs/sourceId', or a parameter's name.
async function entries(connector, name, place, parameters) {
  const [first, ...below] = place.split("/");
  let schema = operation(await client(connector), name).parameters.find((one) => one.name === first);
  if (below.length) schema = below.reduce((one, step) => one.properties[step], schema.schema);
  const { operationId, parameters: needed = {}, itemsPath, itemValuePath, itemTitlePath } = schema["x-ms-dynamic-list"];
  const at = (value, path) => path.split("/").reduce((one, step) => one?.[step], value);
  const given = {};
  for (const [key, one] of Object.entries(needed)) {
    const value = one.value ?? at(parameters, one.parameterReference);
    if (value !== undefined) given[key] = value;
  }
  const answer = await call(connector, operationId, given);
  return { ...answer, entries: at(answer.body, itemsPath)?.map((one) => [at(one, itemValuePath), at(one, itemTitlePath)]) };
}

async function follow(steps) {
  const told = [];
  for (const { connector, call: name, list, parameters = {} } of steps) {
    if (!name) told.push((await SwaggerParser.validate(await read(connector, "apiDefinition.swagger.json"))).info);
    else told.push(list ? await entries(connector, name, list, parameters) : await call(connector, name, parameters));
  }
  return told;
}

for await (const line of createInterface({ input: process.stdin })) {
  const wanted = JSON.parse(line);
  ({ folder, connection, routes = {} } = wanted);
  const told = await follow(wanted.steps).catch((error) => ({ error: String(error.stack) }));
  process.stdout.write(JSON.stringify(told) + "\n");
}
