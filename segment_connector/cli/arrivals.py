"""A sandbox for one call, and what arrived in it."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from .output import echo_hint, visible

if TYPE_CHECKING:
    from ..connector import Connector

_MOST_LINES = 20
_BYPASS = ("NO_PROXY", "no_proxy")


@contextmanager
def sandbox_connection(connector: Connector, action: str) -> Iterator[Mapping[str, Any]]:
    """The connection to a sandbox that serves as long as the context lasts; at its end, what arrived goes to stderr.

    :param action: what will be called; an API that answers truthfully needs nothing to be told of arrivals.
    """
    from ..sandbox import Sandbox

    with Sandbox(connector.specs) as sandbox:
        hosts = {urlsplit(server).hostname or "" for server in sandbox.connection["servers"].values()}
        with _no_proxy_for(sorted(hosts)):
            yield sandbox.connection
        events = sandbox.events()
        if events or _keeps_quiet(connector, action):
            say_arrivals(events)


def _keeps_quiet(connector: Connector, action: str) -> bool:
    """Whether the API of an action answers well to everything, so that only its arrivals tell the truth."""
    if action not in connector.specs.paths:
        return False
    api = connector.spec.apis.get(connector.specs.action(action).api)
    return api is None or (api.simulate or {}).get("answers") == "always"


def say_arrivals(events: Sequence[Mapping[str, Any]]) -> None:
    """Write to stderr what became of each event; of many, only their numbers and what is not simply accepted."""
    if not events:
        click.echo("sandbox: nothing arrived", err=True)
    told = list(events)
    if len(events) > _MOST_LINES:
        counts = Counter(event["status"] for event in events)
        click.echo(f"sandbox: {', '.join(f'{count:,} {status}' for status, count in counts.items())}", err=True)
        told = [event for event in events if event["reason"]][:_MOST_LINES]
    for event in told:
        place = f"{event['field']}: " if event["field"] else ""
        reason = f": {place}{event['reason']}" if event["reason"] else ""
        click.echo(visible(f"sandbox: {event['number']}. {event['action']} {event['status']}{reason}"), err=True)
        echo_hint(event["hint"])


@contextmanager
def _no_proxy_for(hosts: list[str]) -> Iterator[None]:
    """Keep a proxy of the environment away from a server on this machine, which it could not reach."""
    before = {name: os.environ.get(name) for name in _BYPASS}
    for name, value in before.items():
        os.environ[name] = ",".join([*([value] if value else []), *hosts])
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
