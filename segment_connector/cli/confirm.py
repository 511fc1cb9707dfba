"""Ask before an action that deletes or replaces; the question is the spec's own."""

from __future__ import annotations

import sys

import click

from ..call.policy import question_of
from ..language.action_records import Action


def confirm(action: Action, *, yes: bool) -> None:
    """Go on only when a person says yes, or has said so with ``--yes``.

    :raises click.UsageError: when nobody is there to be asked.
    :raises click.Abort: when the answer is no.
    """
    question = question_of(action)
    if question is None or yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError(f"'{action.name}' asks for confirmation: {question} Add --yes to confirm in advance.")
    click.confirm(question, abort=True, err=True)
