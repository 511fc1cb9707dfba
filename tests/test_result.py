"""The one shape of every outcome."""

from __future__ import annotations

import json

import pytest

from segment_connector import CallFailed, Connector, ConnectorError, Result
from segment_connector.http.transport import Response
from segment_connector.result import Failure, Meta, Warn

GOOD = Result(True, "track", {"event": "Seen"}, None, Meta(status=200, attempts=1, delivery="accepted"))
BAD = Result(
    False, "track", {},
    Failure("rate_limited", "api.segment.io answered 429", "send fewer", None, 429, True, {"code": "slow"}),
    Meta(
        429, 2, 0.51234, "req-1", ["m-1"], "eu", 120, "refused", [Warn("a doubt", "a cure", "context")],
        {"retry-after": "5"},
    ),
)  # fmt: skip


def test_a_success_unwraps_to_its_outputs() -> None:
    assert GOOD.unwrap() == {"event": "Seen"}


def test_a_failure_unwraps_to_an_error_that_says_everything() -> None:
    with pytest.raises(CallFailed) as caught:
        BAD.unwrap()
    error = caught.value
    assert isinstance(error, ConnectorError)
    assert (error.code, error.hint, error.field, error.result) == ("rate_limited", "send fewer", None, BAD)
    assert str(error) == "api.segment.io answered 429 (send fewer)"


def test_an_error_needs_a_failure() -> None:
    with pytest.raises(ValueError, match="CallFailed needs a result with an error"):
        CallFailed(GOOD)


def test_it_is_json_with_every_member_there() -> None:
    assert json.loads(json.dumps(BAD.to_dict())) == {
        "ok": False,
        "action": "track",
        "outputs": {},
        "error": {
            "code": "rate_limited", "message": "api.segment.io answered 429", "hint": "send fewer", "field": None,
            "status": 429, "retryable": True, "details": {"code": "slow"}, "retry_after": None,
        },
        "meta": {
            "status": 429, "attempts": 2, "waited": 0.512, "request_id": "req-1", "message_ids": ["m-1"],
            "region": "eu", "bytes": 120, "delivery": "refused", "rate_limit": {"retry-after": "5"},
            "server": None, "warnings": [{"message": "a doubt", "hint": "a cure", "field": "context"}],
        },
    }  # fmt: skip
    assert GOOD.to_dict()["error"] is None


def test_the_members_of_a_success_and_of_a_failure_are_the_same() -> None:
    assert GOOD.to_dict().keys() == BAD.to_dict().keys()
    assert GOOD.to_dict()["meta"].keys() == BAD.to_dict()["meta"].keys()


def test_results_do_not_share_their_lists() -> None:
    one, two = Meta(), Meta()
    one.message_ids.append("m-1")
    one.warnings.append(Warn("a", "b", "c"))
    assert (two.message_ids, two.warnings) == ([], [])


def test_doubts_are_in_the_result_of_a_call_that_was_made() -> None:
    connector = Connector.load(send=lambda *_: Response(200, {}, b""))
    inputs = {"event": "Seen", "userId": "u-1", "integrations": {"all": False}}
    result = connector.run("track", inputs, {"writeKey": "wr1te-key"})
    assert result.ok
    assert [warning.field for warning in result.meta.warnings] == ["integrations.all"]
    assert result.to_dict()["meta"]["warnings"][0]["hint"] == "write All"
