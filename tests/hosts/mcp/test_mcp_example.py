"""The connector of another service as tools: the program is told by a variable which specs to offer."""

from __future__ import annotations

import second
from mcp_support import call, program, talk


def test_agents_call_another_service() -> None:
    server = program("--sandbox", env={"SEGMENT_CONNECTOR_SPECS": str(second.SECOND)})
    result = call(server, "list_depots", {"city": ["Graz", "Bern"]})
    assert not result.is_error
    assert [one["id"] for one in result.structured_content["depots"]] == ["d-1", "d-3"]


def test_agents_are_told_whose_tools_they_have() -> None:
    async def use(client):
        return client.instructions, client.server_info.name

    said, name = talk(program("--sandbox", env={"SEGMENT_CONNECTOR_SPECS": str(second.SECOND)}), use)
    assert name == "parcels"
    assert "carrier Parcels" in said
    assert "Segment" not in said
