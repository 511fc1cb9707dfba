// Calls the service by what `openapi-generator-cli -g typescript-fetch` made; the address is that of the document.
import { AdvancedApi, Configuration, ConnectionName, SourcesApi, TrackingApi } from "./made";

declare const process: { env: Record<string, string>; exit(code: number): never };

async function main() {
  const settings = new Configuration({ accessToken: process.env.TOKEN });
  const connection = ConnectionName.Lab;
  const tracked = await new TrackingApi(settings).track({
    trackRequest: {
      inputs: {
        event: "Order Completed",
        userId: "openapi-generator typescript-fetch",
        integrations: { All: true, Mixpanel: { tracking: "off" } },
      },
      connection,
    },
  });
  const listed = await new SourcesApi(settings).listSources({ listSourcesRequest: { inputs: {}, connection } });
  const called = await new AdvancedApi(settings).customApiCall({
    customApiCallRequest: {
      inputs: { path: "/group", body: { userId: "u-1", groupId: "openapi-generator typescript-fetch" } },
      connection,
      confirm: true,
    },
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

main().catch(async (error) => {
  console.error(error, await error.response?.text());
  process.exit(1);
});
