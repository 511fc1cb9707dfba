// Calls the service by the types that `openapi-typescript` made of its document.
import type { operations } from "./made";

declare const process: { env: Record<string, string>; exit(code: number): never };
type Body<Name extends keyof operations> = operations[Name] extends {
  requestBody: { content: { "application/json": infer Sent } };
} ? Sent : never;
type Answer<Name extends keyof operations> = operations[Name] extends {
  responses: { 200: { content: { "application/json": infer Given } } };
} ? Given : never;

async function call<Name extends keyof operations>(name: Name, body: Body<Name>): Promise<Answer<Name>> {
  const answer = await fetch(`${process.env.URL}/v1/actions/${name}/run`, {
    method: "POST",
    headers: { Authorization: `Bearer ${process.env.TOKEN}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()) as Answer<Name>;
}

async function main() {
  const connection = "lab";
  const tracked = await call("track", {
    inputs: { event: "Order Completed", userId: "openapi-typescript" },
    connection,
  });
  const listed = await call("list_sources", { inputs: {}, connection });
  const called = await call("custom_api_call", {
    inputs: { api: "tracking", method: "POST", path: "/group", body: { userId: "u-1", groupId: "openapi-typescript" } },
    connection,
    confirm: true,
  });
  console.log(
    JSON.stringify({
      event: tracked.outputs?.event,
      source: listed.outputs?.sources?.[0].name,
      status: called.outputs?.status,
      body: called.outputs?.body,
    }),
  );
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
