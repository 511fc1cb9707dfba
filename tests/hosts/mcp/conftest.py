"""Fixtures of the tests of the MCP server; what is not a fixture is in ``mcp_support``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from mcp_support import offered

from segment_connector import Connector
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox


@pytest.fixture
def url(sandbox: Sandbox, specs: Specs) -> Iterator[str]:
    """The usual offer over HTTP, with the sandbox behind it."""
    with offered(Connector(specs), sandbox.connection) as served:
        yield served
