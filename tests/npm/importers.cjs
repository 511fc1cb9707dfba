// What importers of OpenAPI that are libraries make of a document, as one line of JSON.
//   node importers.cjs swagger-parser|postman|n8n DOCUMENT
const fs = require("fs");

const tools = {
  async "swagger-parser"(file) {
    const { default: SwaggerParser } = await import("@apidevtools/swagger-parser");
    const document = await SwaggerParser.validate(file);
    return { openapi: document.openapi, paths: Object.keys(document.paths).length };
  },

  async postman(file) {
    const { convert } = require("openapi-to-postmanv2");
    const input = { type: "string", data: fs.readFileSync(file, "utf8") };
    const options = { requestParametersResolution: "Example", exampleParametersResolution: "Example" };
    const { result, reason, output } = await new Promise((resolve, reject) =>
      convert(input, options, (error, made) => (error ? reject(error) : resolve(made))),
    );
    if (!result) throw new Error(reason);
    const [{ data: collection }] = output;
    const within = (items) => items.flatMap((one) => (one.item ? within(one.item) : [one]));
    const address = collection.variable.find((one) => one.key === "baseUrl").value;
    const requests = within(collection.item).map(({ request }) => ({
      method: request.method,
      url: [address, ...request.url.path].join("/"),
      headers: Object.fromEntries(request.header.filter((one) => !one.disabled).map((one) => [one.key, one.value])),
      body: request.body?.raw,
    }));
    return { auth: collection.auth.type, requests };
  },

  async n8n(file) {
    const { N8NPropertiesBuilder } = require("@devlikeapro/n8n-openapi-node");
    // Its own logger writes from another thread, and what is left when the process ends is lost.
    const skipped = [];
    const logger = {
      info: (about, said) => skipped.push(`${said}: ${about.operation.operationId}`),
      warn: (about, said) => {
        throw new Error(`${said}: ${JSON.stringify(about)}`);
      },
    };
    const document = JSON.parse(fs.readFileSync(file, "utf8"));
    const properties = new N8NPropertiesBuilder(document, { logger }).build();
    const operations = properties.filter((one) => one.name === "operation" && one.options).flatMap((one) => one.options);
    const made = operations.map((operation) => ({
      name: operation.value,
      request: operation.routing.request,
      fields: properties
        .filter((one) => one.displayOptions?.show.operation?.includes(operation.value) && one.type !== "notice")
        .map((one) => one.name),
    }));
    return { operations: made, skipped };
  },
};

tools[process.argv[2]](process.argv[3]).then(
  (made) => process.stdout.write(JSON.stringify(made)),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
