"""``segment-connector run --as``: call an action as a platform lists it, and print the answer in its envelope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from ..connector import Connector
from .confirm import confirm
from .input_arguments import Inputs, cured_by_spelling
from .output import echo_json, warn

if TYPE_CHECKING:
    from ..call.caller import OnWait


def run_as(
    connector: Connector,
    platform: str,
    name: str,
    inputs: Inputs,
    connection: Mapping[str, Any],
    *,
    yes: bool,
    on_wait: OnWait,
) -> None:
    """Call a listed action; the exit code says whether it was accepted.

    :param platform: whose names are meant.
    :param name: the listed name.
    :raises ConnectorError: for what the caller did wrong, in the platform's names.
    """
    catalog = connector.catalog(platform)
    listed = catalog.listed(name)
    confirm(listed.action, yes=yes)
    with cured_by_spelling(inputs, listed.validator):
        given, result = catalog.call(name, inputs.values, connection, on_wait=on_wait)
    for one in result.meta.warnings:
        warn(one.said, one.hint)
    echo_json(catalog.answers(name).of(given, result))
    if not result.ok:
        click.get_current_context().exit(1)
