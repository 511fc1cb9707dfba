"""A workflow of Temporal that sends an event, reads a list over its pages and delivers a file of events."""

from datetime import timedelta

from segment_connector_temporal import ActionCall, BulkCall, ListCall
from temporalio import workflow

SHORT = {"start_to_close_timeout": timedelta(minutes=2)}
LONG = {"start_to_close_timeout": timedelta(hours=6), "heartbeat_timeout": timedelta(minutes=2)}


@workflow.defn
class TellSegment:
    """What the worker's connection is called is all that the workflow knows of it."""

    @workflow.run
    async def run(self, events: str) -> dict:
        """Call the three activities, by their names."""
        paid = {"event": "Order Completed", "userId": "u-1", "properties": {"revenue": "39.5"}}
        outputs = await workflow.execute_activity("run_action", ActionCall("track", paid), **SHORT)
        few = ListCall("list_sources", {"pagination": {"count": 2}})
        sources = await workflow.execute_activity("read_list", few, **SHORT)
        sent = await workflow.execute_activity("send_bulk", BulkCall(events), **LONG)
        return {"track": outputs, "sources": len(sources), "bulk": sent["accepted"]}


@workflow.defn
class TellWrongly:
    """A call that is wrong fails at once, and says what to change."""

    @workflow.run
    async def run(self) -> None:
        """Call an action with a parameter that there is not."""
        wrong = ActionCall("track", {"event": "Order Completed", "userID": "u-1"})
        await workflow.execute_activity("run_action", wrong, **SHORT)


@workflow.defn
class TellNobody:
    """A connection that the worker does not have is told as well."""

    @workflow.run
    async def run(self) -> None:
        """Name a connection that there is not."""
        await workflow.execute_activity("run_action", ActionCall("track", {}, "defualt"), **SHORT)
