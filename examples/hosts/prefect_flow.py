"""A flow of Prefect: an event, a list over its pages, and many events, with a connection that Prefect keeps.

Credentials come from the environment, for example from ``segment-connector sandbox``. Prefect 3 starts a server of its
own when none is configured.
"""

import json
import os
import sys

from prefect import flow
from segment_connector_prefect import ConnectionBlock, read_list, run_action, send_bulk

# Prefect's waits are for production; here a try follows at once.
run_now = run_action.with_options(retry_delay_seconds=0)


@flow
def tell_segment(block: str, events: str) -> dict:
    """Call the tasks with the block of a name."""
    connection = ConnectionBlock.load(block)
    paid = {"event": "Order Completed", "userId": "u-1", "properties": {"revenue": "39.5"}}
    outputs = run_now("track", paid, connection, max_retries=0)
    sources = read_list("list_sources", {"pagination": {"count": 2}}, connection)
    sent = send_bulk(events, connection)
    # A call that is wrong fails at once, and says what to change.
    wrong = run_now("track", {"event": "Order Completed", "userID": "u-1"}, connection, return_state=True)
    return {"track": outputs, "sources": len(sources), "bulk": sent["accepted"], "wrong": wrong.message}


if __name__ == "__main__":
    ConnectionBlock.register_type_and_schema()
    ConnectionBlock.from_environment().save("example", overwrite=True)
    told = tell_segment("example", sys.argv[1])
    told["block"] = repr(ConnectionBlock.load("example"))
    told["home"] = os.environ.get("PREFECT_HOME")
    print(json.dumps(told))
