"""The integration as ModuleX finds and calls it: an event, a list over two pages, and a call that is wrong.

Credentials come from the environment, for example from ``segment-connector sandbox``.
"""

import asyncio
import json
import os
from importlib.metadata import entry_points

from segment_connector import Connector


async def main() -> None:
    """Call three tools; the last line tells what came of it, as JSON."""
    (found,) = entry_points(group="modulex.tools", name="segment_connector")
    integration = found.load()
    tools = {tool.name: tool for tool in integration.TOOLS}

    # ModuleX keeps these under the names that the manifest asks for, and hands them to each tool.
    connection = Connector.load().connection_from_environment(os.environ)
    auth = {
        "auth_type": "api_key",
        "auth_data": {
            "write_key": connection["writeKey"],
            "public_token": connection["publicToken"],
            "servers": connection["servers"],
        },
    }

    told = {"manifest": integration.manifest.model_dump(), "tools": list(tools)}
    told["track"] = await tools["track"].ainvoke(
        {"event": "Order Completed", "user_id": "u-1", "properties": '{"revenue": 39.5}', **auth}
    )
    page = await tools["list_sources"].ainvoke({"pagination": {"count": 2}, **auth})
    cursor = page["outputs"]["pagination"]["next"]
    following = await tools["list_sources"].ainvoke({"pagination": {"count": 2, "cursor": cursor}, **auth})
    told["sources"] = [page["outputs"]["sources"], following["outputs"]["sources"]]
    told["wrong"] = await tools["track"].ainvoke({"event": "Order Completed", "userId": "u-1", **auth})
    told["no_key"] = await tools["track"].ainvoke({"event": "Order Completed", "user_id": "u-1", "auth_data": {}})
    print(json.dumps(told))


asyncio.run(main())
