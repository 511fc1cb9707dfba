"""Calls the service by what ``openapi-generator-cli -g python`` made; the address is that of the document."""

import json
import os

import openapi_client as made

track = made.TrackRequestInputs(event="Order Completed", user_id="openapi-generator python")
group = made.CustomApiCallRequestInputs(path="/group", body={"userId": "u-1", "groupId": "openapi-generator python"})
lab = made.ConnectionOrName(made.ConnectionName.LAB)
with made.ApiClient(made.Configuration(access_token=os.environ["TOKEN"])) as client:
    tracked = made.TrackingApi(client).track(made.TrackRequest(inputs=track, connection=lab))
    listed = made.SourcesApi(client).list_sources(
        made.ListSourcesRequest(inputs=made.ListSourcesRequestInputs(), connection=lab)
    )
    called = made.AdvancedApi(client).custom_api_call(
        made.CustomApiCallRequest(inputs=group, connection=lab, confirm=True)
    )
print(
    json.dumps(
        {
            "event": tracked.outputs.event,
            "source": listed.outputs.sources[0].name,
            "status": called.outputs.status,
            "body": called.outputs.body,
        }
    )
)
