"""``segment-connector plan``: tracking plans as files, between a folder, the workspace and events."""

from __future__ import annotations

import click

from .plans.events_command import check_events_command
from .plans.infer_command import infer_command
from .plans.make_commands import docs_command, types_command
from .plans.pull_command import pull_command
from .plans.review_commands import check_command
from .plans.sync_commands import diff_command, push_command

_EXAMPLES = """\b
Examples:
  <program> plan pull "Shop" -o plans/shop
  <program> plan diff plans/shop
  <program> plan push plans/shop
  <program> plan check plans/shop --base main
  <program> plan check-events events.jsonl --plan plans/shop
  <program> plan infer events.jsonl -o plans/shop

\b
Exit codes:
  0    all is well
  1    refused by the service, or a failure of the network
  2    bad input, files or connection; nothing was sent
  3    done, and something was found: differences, breaking changes, violations
  130  interrupted
"""


@click.group("plan", epilog=_EXAMPLES)
def command() -> None:
    """Keep a tracking plan as files that people review: one YAML file an event.

    A plan is pulled from the workspace into a folder, changed there, checked, and pushed back. Nothing that somebody
    else changed meanwhile is overwritten, and no rule is deleted unless that is asked for.
    """


for _one in (
    pull_command, diff_command, push_command, check_command, check_events_command, infer_command, docs_command,
    types_command,
):  # fmt: skip
    command.add_command(_one)
