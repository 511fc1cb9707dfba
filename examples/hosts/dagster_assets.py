"""Assets of Dagster that send events and read a list, and a sensor on a trigger.

Credentials come from the environment, for example from ``segment-connector sandbox``; see it all with
``dagster dev -f examples/hosts/dagster_assets.py``.
"""

import os

from dagster import AssetExecutionContext, Definitions, EnvVar, asset, define_asset_job
from segment_connector_dagster import ConnectorResource, poll_sensor


@asset
def order_events(context: AssetExecutionContext, segment: ConnectorResource) -> None:
    """An event for each order; a retry sends the same ones."""
    for number in ("1001", "1002"):
        order = {"event": "Order Completed", "userId": "u-1", "properties": {"order_id": number}}
        segment.run(context, "track", order)


@asset
def sources(context: AssetExecutionContext, segment: ConnectorResource) -> list:
    """All sources of the workspace, over the pages of the list."""
    return segment.read_list(context, "list_sources", {"pagination": {"count": 2}})


@asset
def wrong_event(context: AssetExecutionContext, segment: ConnectorResource) -> None:
    """A call that is wrong fails at once, and says what to change."""
    segment.run(context, "track", {"event": "Order Completed", "userID": "u-1"})


resource = ConnectorResource(
    write_key=EnvVar("SEGMENT_WRITE_KEY"),
    public_token=EnvVar("SEGMENT_PUBLIC_TOKEN"),
    servers_tracking=os.environ.get("SEGMENT_TRACKING_URL"),
    servers_public=os.environ.get("SEGMENT_PUBLIC_URL"),
    max_retries=0,
)

on_new_source = poll_sensor(
    "new_source", {}, resource="segment", job=define_asset_job("sources_job", selection=[sources])
)

definitions = Definitions(
    assets=[order_events, sources, wrong_event], sensors=[on_new_source], resources={"segment": resource}
)
