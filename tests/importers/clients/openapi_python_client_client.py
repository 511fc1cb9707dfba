"""Calls the service by what ``openapi-python-client`` made."""

import json
import os

from made import AuthenticatedClient, models
from made.api.advanced import custom_api_call
from made.api.sources import list_sources
from made.api.tracking import track

lab = models.ConnectionName.LAB
event = models.TrackBodyInputs(event="Order Completed", user_id="openapi-python-client")
group = models.CustomApiCallBodyInputs(path="/group", body={"userId": "u-1", "groupId": "openapi-python-client"})
with AuthenticatedClient(
    base_url=os.environ["URL"], token=os.environ["TOKEN"], raise_on_unexpected_status=True
) as client:
    tracked = track.sync(client=client, body=models.TrackBody(inputs=event, connection=lab))
    listed = list_sources.sync(
        client=client, body=models.ListSourcesBody(inputs=models.ListSourcesBodyInputs(), connection=lab)
    )
    called = custom_api_call.sync(
        client=client, body=models.CustomApiCallBody(inputs=group, connection=lab, confirm=True)
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
