"""``--plan`` and what belongs to it, for every command that sends events."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .output import warn

if TYPE_CHECKING:
    from ..connector import Connector

_Command = TypeVar("_Command", bound=Callable[..., Any])
_MODES = ("warn", "reject", "as-source")
_MOST_TOLD = 5
_GIVEN = "plan options"


def plan_options(command: _Command) -> _Command:
    """Add ``--plan``, ``--plan-mode`` and ``--plan-source``; ``load_connector`` goes by them."""
    for option in (
        click.option(
            "--plan-source", metavar="SOURCE", expose_value=False, callback=_remember,
            help="For --plan-mode as-source: the source's id, or a file with its settings; without it, the source of "
            "the plan that has the connection's key.",
        ),
        click.option(
            "--plan-mode", type=click.Choice(_MODES), expose_value=False, callback=_remember,
            help="What to do about an event that violates the plan: warn, refuse it, or treat it as "
            "the source's own settings would, with a warning.  [warn]",
        ),
        click.option(
            "--plan", metavar="PLAN", expose_value=False, callback=_remember,
            help="Check events against a tracking plan: its folder, or its id or name in the workspace.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def _remember(ctx: click.Context, option: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.meta.setdefault(_GIVEN, {})[str(option.name)] = value


def given_plan(ctx: click.Context) -> dict[str, Any]:
    """The options as ``Connector`` takes them; nothing where no plan is named."""
    given: dict[str, Any] = ctx.meta.get(_GIVEN, {})
    if not given:
        return {}
    if "plan" not in given:
        raise click.UsageError(f"--{next(iter(given)).replace('_', '-')} needs --plan")
    from ..plans.kept_plan import cache_folder

    return {**given, "plan_cache": cache_folder(os.environ)}


def read_plan_now(connector: Connector) -> None:
    """Read a plan of the workspace with the connection of the environment, where that can; its events are offered then.

    Else the first call reads it whose connection can.
    """
    if connector.plan_step is None or connector.plan_step.plan.at_hand is not None:
        return
    from ..errors import ConnectorError

    try:
        connector.plan_step.plan.judge(connector.connection_from_environment(os.environ))
    except ConnectorError as error:
        hint = "the first call reads it whose connection can; until then its events are not offered by name"
        warn(error.problems[0].message, hint)


def tell_faults(connector: Connector) -> None:
    """Write to stderr which rules of a plan that is at hand are not judged, or not whole."""
    judge = connector.plan_step.plan.at_hand if connector.plan_step is not None else None
    faults = judge.faults if judge is not None else []
    for fault in faults[:_MOST_TOLD]:
        warn(": ".join(part for part in (fault.path, fault.message) if part), fault.hint)
    if len(faults) > _MOST_TOLD:
        warn(f"{len(faults) - _MOST_TOLD:,} more are not checked, or not fully", "see 'plan check'")
