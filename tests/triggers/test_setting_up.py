"""Webhooks are set up and taken down in the sandbox by the steps of their files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from faultserver import FaultServer, HandClock, answer, plain_environment

from segment_connector import Connector
from segment_connector.errors import InputError, UnknownActionError
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox
from segment_connector.triggers.setting_up import SetUpFailed
from segment_connector.triggers.subscription import Subscription

SOURCE = "qQEHquLrjRDN9j1ByrChyn"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_environment(monkeypatch)


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox(Specs()) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Iterator[Sandbox]:
    shared.clear()
    yield shared
    shared.clear()


@pytest.fixture(scope="module")
def connector() -> Iterator[Connector]:
    connector = Connector(Specs(), clock=HandClock().clock)
    yield connector
    connector.caller.send.close()  # type: ignore[attr-defined]


@pytest.fixture
def hook() -> Iterator[FaultServer]:
    with FaultServer(answer()) as server:
        yield server


def destinations(connector: Connector, sandbox: Sandbox) -> list[str]:
    found = connector.iterate("list_connected_destinations_from_source", {"sourceId": SOURCE}, sandbox.connection)
    return [one["name"] for one in found if one["name"].startswith("Event received")]


def test_an_event_starts_a_workflow(connector: Connector, sandbox: Sandbox, hook: FaultServer) -> None:
    inputs = {"sourceId": SOURCE, "events": ["Order Completed"]}
    subscription = connector.subscribe("event_received", inputs, sandbox.connection, hook.url + "/in")
    for event in ("Order Completed", "Cart Viewed"):
        connector.run("track", {"event": event, "userId": "u-1", "messageId": event}, sandbox.connection)
    sandbox.settle()
    (seen,) = hook.seen
    reception = connector.receive(subscription, seen.headers, seen.body)
    assert (reception.status, reception.proof) == (200, "token")
    (item,) = reception.items
    assert (item.id, item.title, item.verified) == ("Order Completed", "Order Completed", True)
    assert item.data["userId"] == "u-1"
    ended = connector.unsubscribe(subscription, sandbox.connection)
    assert (ended.state, ended.kept, destinations(connector, sandbox)) == ("ended", {}, [])
    connector.unsubscribe(subscription, sandbox.connection)  # what is gone already is passed over
    connector.run("track", {"event": "Order Completed", "userId": "u-2"}, sandbox.connection)
    sandbox.settle()
    assert len(hook.seen) == 1


def test_a_repeat_makes_nothing_twice(connector: Connector, sandbox: Sandbox, hook: FaultServer) -> None:
    first = connector.subscribe("event_received", {"sourceId": SOURCE}, sandbox.connection, hook.url, name="flow-1")
    again = connector.subscribe("event_received", {"sourceId": SOURCE}, sandbox.connection, hook.url, name="flow-1")
    assert destinations(connector, sandbox) == ["Event received (flow-1)"]
    assert (again.kept["destinationId"], again.secret == first.secret) == (first.kept["destinationId"], False)
    connector.run("track", {"event": "Order Completed", "userId": "u-1"}, sandbox.connection)
    sandbox.settle()
    (seen,) = hook.seen
    assert connector.receive(again, seen.headers, seen.body).status == 200


@pytest.mark.parametrize("failing", ["create_destination", "get_destination", "create_destination_subscription"])
def test_a_step_that_fails_leaves_nothing_behind(
    connector: Connector, sandbox: Sandbox, hook: FaultServer, failing: str
) -> None:
    told: list[Subscription] = []
    broken = Connector(connector.specs, send=_Refusing(connector, failing), clock=HandClock().clock, max_retries=0)
    with pytest.raises(SetUpFailed, match=failing) as caught:
        broken.subscribe("event_received", {"sourceId": SOURCE}, sandbox.connection, hook.url, on_change=told.append)
    assert (caught.value.left, caught.value.code) == (None, "forbidden")
    assert destinations(connector, sandbox) == []
    assert told[-1].state == "ended"


def test_what_cannot_be_undone_is_told_and_can_be_undone_later(
    connector: Connector, sandbox: Sandbox, hook: FaultServer
) -> None:
    told: list[Subscription] = []
    refusing = _Refusing(connector, "create_destination_subscription", "delete_destination")
    broken = Connector(connector.specs, send=refusing, clock=HandClock().clock, max_retries=0)
    with pytest.raises(SetUpFailed, match="not everything was removed") as caught:
        broken.subscribe("event_received", {"sourceId": SOURCE}, sandbox.connection, hook.url, on_change=told.append)
    assert caught.value.left is not None
    assert list(caught.value.left.kept) == ["destinationId"]
    assert caught.value.left.kept["destinationId"] in str(caught.value)
    kept = Subscription.from_dict(told[-1].to_dict())
    assert connector.unsubscribe(kept, sandbox.connection).state == "ended"
    assert destinations(connector, sandbox) == []


def test_a_destination_that_was_deleted_behind_our_back_is_no_obstacle(
    connector: Connector, sandbox: Sandbox, hook: FaultServer
) -> None:
    made = connector.subscribe("event_received", {"sourceId": SOURCE}, sandbox.connection, hook.url)
    connector.run("delete_destination", {"destinationId": made.kept["destinationId"]}, sandbox.connection)
    assert connector.unsubscribe(made, sandbox.connection).state == "ended"


def test_what_is_wrong_is_refused_before_anything_is_sent(connector: Connector, sandbox: Sandbox) -> None:
    with pytest.raises(InputError, match="sourceId"):
        connector.subscribe("event_received", {}, sandbox.connection, "https://example.com/in")
    with pytest.raises(InputError, match="'workspace_changed' is polled"):
        connector.subscribe("workspace_changed", {}, sandbox.connection, "https://example.com/in")
    with pytest.raises(UnknownActionError, match="did you mean 'event_received'"):
        connector.subscribe("event_recieved", {}, sandbox.connection, "https://example.com/in")
    with pytest.raises(InputError, match="address"):
        connector.subscribe("event_received", {"sourceId": SOURCE}, sandbox.connection, "example.com/in")


def test_no_secret_is_shown(connector: Connector) -> None:
    made = connector.trigger_runner.new_subscription("event_received", {"sourceId": SOURCE}, "https://example.com/in")
    shown = f"{made!r} {made.to_dict(show_secrets=False)}"
    assert made.secret not in shown
    assert made.token not in shown
    assert made.secret in " ".join(connector.trigger_runner.manual_steps(made))


class _Refusing:
    """The real transport, but for some actions that the service refuses."""

    def __init__(self, connector: Connector, *names: str) -> None:
        self._send: Any = connector.caller.send
        ends = {"create_destination": ("POST", "/destinations"), "get_destination": ("GET", "/destinations/")}
        self._refused = [
            ends.get(name) or {
                "create_destination_subscription": ("POST", "/subscriptions"),
                "delete_destination": ("DELETE", "/destinations/"),
            }[name]
            for name in names
        ]  # fmt: skip

    def __call__(self, method: str, url: str, *rest: Any, **more: Any) -> Any:
        from segment_connector.http.transport import Response

        path = url.partition("?")[0]
        for refused, part in self._refused:
            of_one = part.endswith("/") and path.rpartition("/")[0].endswith(part[:-1])
            if method == refused and (of_one or (not part.endswith("/") and path.endswith(part))):
                return Response(403, {}, b'{"errors":[{"type":"forbidden","message":"no"}]}')
        return self._send(method, url, *rest, **more)
