// Calls the service by what `@hey-api/openapi-ts` made; the address is that of the document.
import { customApiCall, listSources, track } from "./made";
import { client } from "./made/client.gen";

declare const process: { env: Record<string, string>; exit(code: number): never };

async function main() {
  client.setConfig({ auth: process.env.TOKEN });
  const connection = "lab";
  const tracked = await track({
    body: { inputs: { event: "Order Completed", userId: "hey-api" }, connection },
    throwOnError: true,
  });
  const listed = await listSources({ body: { inputs: {}, connection }, throwOnError: true });
  const called = await customApiCall({
    body: { inputs: { path: "/group", body: { userId: "u-1", groupId: "hey-api" } }, connection, confirm: true },
    throwOnError: true,
  });
  console.log(
    JSON.stringify({
      event: tracked.data.outputs?.event,
      source: listed.data.outputs?.sources?.[0].name,
      status: called.data.outputs?.status,
      body: called.data.outputs?.body,
    }),
  );
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
