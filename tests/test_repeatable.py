"""Whether a call may be repeated: one verdict, from idempotence and delivery.

That the service and agents say the same is held by ``test_service_refusals`` and ``test_mcp_calls``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cli_support import cli
from faultserver import FaultServer, Reply, answer, then_close

from segment_connector import Connector
from segment_connector.call.outcome import repeatable
from segment_connector.language.specs import Specs
from segment_connector.result import Delivery, Failure

SOURCE = {"slug": "x", "enabled": True, "metadataId": "m"}
LOOK = "it may have been created: check with list_sources before you repeat the call"
SPECS = Specs()


def to(server: FaultServer) -> dict[str, Any]:
    return {
        "publicToken": "tok-1234",
        "writeKey": "key-1234",
        "servers": {"public": server.url, "tracking": server.url},
    }


@pytest.mark.parametrize("reply", [answer({}, 500), answer({}, 503), then_close(b"")], ids=["500", "503", "no answer"])
def test_an_unsure_create_is_not_to_be_repeated_before_one_has_looked(reply: Reply) -> None:
    with FaultServer(reply) as server:
        result = Connector(SPECS, max_retries=0).run("create_source", SOURCE, to(server))
    assert result.error is not None
    assert (result.error.retryable, result.error.hint, result.meta.delivery) == (False, LOOK, "unknown")


@pytest.mark.parametrize(
    ("action", "inputs", "reply", "retryable"),
    [
        ("create_source", SOURCE, answer({}, 429), True),  # it was refused, and so not made
        ("list_sources", {}, answer({}, 500), True),
        ("track", {"event": "E", "userId": "u"}, answer({}, 500), True),
    ],
)
def test_what_cannot_be_done_twice_may_be_repeated(action: str, inputs: Any, reply: Reply, retryable: bool) -> None:
    with FaultServer(reply) as server:
        result = Connector(SPECS, max_retries=0).run(action, inputs, to(server))
    assert result.error is not None
    assert result.error.retryable is retryable
    assert "before you repeat" not in (result.error.hint or "")


@pytest.mark.parametrize(
    ("action", "hint"),
    [
        ("create_label", "it may have been created: check with list_labels before you repeat the call"),
        ("create_reverse_etl_manual_sync", "it may have been done: check what is there before you repeat the call"),
    ],
)
def test_what_to_look_with_is_known_from_the_specs(action: str, hint: str) -> None:
    actions = [SPECS.action(name) for name in SPECS.paths]
    found = repeatable(Failure("timeout", "no answer", retryable=True), "unknown", SPECS.action(action), actions)
    assert (found.hint, found.retryable) == (hint, False)


@pytest.mark.parametrize("delivery", ["accepted", "refused", "not_sent"])
def test_what_is_sure_stays_as_it_is(delivery: Delivery) -> None:
    failure = Failure("rate_limited", "slow down", "wait", retryable=True, retry_after=3)
    assert repeatable(failure, delivery, SPECS.action("create_source"), ()) is failure


def test_a_cure_for_something_else_is_kept_beside_it() -> None:
    failure = Failure("unexpected_answer", "no JSON", "look at the proxy")
    found = repeatable(failure, "unknown", SPECS.action("create_source"), [SPECS.action("list_sources")])
    assert found.hint == f"{LOOK}; look at the proxy"


def test_the_command_line_says_so(tmp_path: Path) -> None:
    file = tmp_path / "connection.json"
    with FaultServer(answer({}, 500)) as server:
        file.write_text(json.dumps(to(server)))
        inputs = json.dumps(SOURCE)
        said = cli("run", "create_source", "--json", "--input", "-", "--connection", str(file), stdin=inputs)
    assert (said.json["error"]["retryable"], said.json["error"]["hint"]) == (False, LOOK)
