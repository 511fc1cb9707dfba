"""What ``bulk`` says at its end: the outcome in words, how to go on, a report."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..errors import InputError
from .common import program
from .output import echo_hint, table, visible, warn

if TYPE_CHECKING:
    from ..bulk.reject_groups import RejectGroup
    from ..bulk.tally import BulkResult

REJECTED = 3
"""Exit code of a run that dealt with everything and rejected something."""

NOT_VERIFIED = "not verified"
"""The fact that tells what nobody has tried of the service."""

_INTERRUPTED = 130
_MOST_DOUBTS = 10


def say(result: BulkResult, facts: Mapping[str, str]) -> None:
    """Write the summary to stdout.

    :param facts: what else there is to be said of the run; ``sent to`` and what is not verified are shown.
    """
    from ..bulk.report.run_words import count, duration, headline, rate, size

    if result.outcome == "failed":
        click.echo(f"Failed: {count(result.tally.accepted, 'event')} accepted before that")
    else:
        click.echo(visible(headline(result)))
    tally = result.tally
    rows = [("to" if not result.dry_run else "would go to", facts["sent to"])] if tally.read else []
    speed = f" ({rate(tally.read, result.seconds)})" if tally.read else ""
    rows.append(("time", f"{duration(result.seconds)}{speed}"))
    if tally.requests:
        retries = "1 retry" if tally.retries == 1 else f"{tally.retries:,} retries"
        rows.append(("sent", f"{size(tally.bytes_sent)} in {count(tally.requests, 'request')}, {retries}"))
    if tally.skipped:
        rows.append(("skipped", f"{count(tally.skipped, 'record')} that an earlier run processed"))
    if result.rejects:
        rows.append(("rejects", result.rejects))
    if tally.warned:
        sent = "would be sent" if result.dry_run else "were sent"
        rows.append(("warnings", f"{count(tally.warned, 'event')} of those that {sent}"))
    if doubt := facts.get(NOT_VERIFIED):
        rows.append((NOT_VERIFIED, doubt))
    rows += [("note", note) for note in result.notes]
    for line in table([(name, visible(value)) for name, value in rows]):
        click.echo(line)
    _say_each("rejected", [(reason.count, _reason(reason), reason.hint) for reason in result.reasons])


_MOST_REASONS = 10


def _say_each(title: str, said: Sequence[tuple[int, str, str | None]]) -> None:
    """Write how often something is said, with the cure; of much the most frequent."""
    if not said:
        return
    click.echo(f"{title}:")
    width = max(len(f"{times:,}") for times, _, _ in said)
    told = None
    for times, what, hint in said[:_MOST_REASONS]:
        click.echo(visible(f"  {times:>{width},}  {what}"))
        if hint and hint != told:
            click.echo(visible(f"  {'':{width}}  hint: {hint}"))
        told = hint
    if len(said) > _MOST_REASONS:
        click.echo(f"  and {len(said) - _MOST_REASONS:,} more reasons")


def _reason(reason: RejectGroup) -> str:
    said = reason.message or reason.code
    return f"{reason.field}: {said}" if reason.field else said


def say_failure(result: BulkResult) -> None:
    """Write to stderr what made the run fail."""
    if result.outcome == "failed":
        click.echo(visible(f"error: {result.code}: {result.message}"), err=True)
        echo_hint(result.hint)


def say_doubts(result: BulkResult) -> None:
    """Write to stderr what was doubtful about events that were sent."""
    from ..bulk.report.run_words import count

    for one in result.doubts[:_MOST_DOUBTS]:
        place = f"{one.field}: " if one.field else ""
        warn(f"{count(one.count, 'event')}: {place}{one.message}", one.hint)
    if len(result.doubts) > _MOST_DOUBTS:
        more = sum(one.count for one in result.doubts[_MOST_DOUBTS:])
        warn(f"{more:,} more warnings of {len(result.doubts) - _MOST_DOUBTS} kinds", "see all with --json or --report")


def say_how_to_go_on(result: BulkResult) -> None:
    """Write to stderr what can be done next."""
    if result.rejects:
        echo_hint(f"{result.rejects} lists the line of each rejected record, what is wrong, and how to fix it")
    if result.ok:
        if result.tally.skipped and not result.tally.read:
            echo_hint(f"{result.checkpoint} records the earlier run; --fresh sends everything again")
        return
    if result.checkpoint:
        echo_hint(f"to continue where this ended: {_same_command()}")
    elif not result.dry_run:
        echo_hint("nothing is recorded without a checkpoint; the next run starts from the beginning, with the same ids")


def _same_command() -> str:
    from ..bulk.read.database_url import shown_url

    words = [shown_url(arg) for arg in click.get_current_context().obj if arg != "--fresh"]
    return f"{program()} {shlex.join(['bulk', *words])}"


def exit_code(result: BulkResult) -> int:
    """0, or 1, 3 and 130 as the help of ``bulk`` tells."""
    if result.outcome == "stopped":
        return _INTERRUPTED
    if not result.ok:
        return 1
    return REJECTED if result.tally.rejected or result.rejects else 0


def check_writable(report: str | None, kept: Iterable[str | None]) -> None:
    """Find out before the run, which may take hours, and not after it.

    :param kept: files that a report may not take the place of.
    :raises InputError: when the file cannot be written.
    """
    if report is None:
        return
    path = Path(report)
    folder = path.parent
    if path.resolve() in [Path(one).resolve() for one in kept if one is not None]:
        message, hint = "is a file that is read or written already", "name another file"
    elif not folder.is_dir():
        message, hint = f"there is no folder '{folder}'", "make it, or name another file"
    elif path.is_dir() or not os.access(path if path.exists() else folder, os.W_OK):
        message, hint = "cannot be written", "name a file that you may write"
    else:
        return
    raise InputError.of("report", message, hint, path=report)


def write_report(file: str, result: BulkResult, facts: Mapping[str, str]) -> None:
    """Write the page with charts; that it cannot be written is told, and changes nothing of the run."""
    from ..bulk.report.report import report_page

    try:
        page = report_page(result, {name.capitalize(): value for name, value in facts.items()}, result.reasons)
        Path(file).write_text(page, encoding="utf-8")
    except OSError as error:
        warn(f"the report could not be written: {error.filename}: {error.strerror}")
        return
    click.echo(visible(f"report: {file}"), err=True)
