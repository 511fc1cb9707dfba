"""Commands that carry out a job: one action for all entries of a file, asked once with their number typed in."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError
from .common import connection_from, connection_options, load_connector, program, root_of
from .output import echo_hint, paragraph, table, visible, warn
from .output_formats import emit, format_options, is_asked_for
from .parameter_options import given_inputs, parameter_options, told_by_option

if TYPE_CHECKING:
    from ..jobs.entry_file import Entries
    from ..jobs.job_runner import JobRunner, Plan
    from ..jobs.proof import Part, Proof
    from ..language.job_records import Job
    from ..result import Result

NOT_DONE = 3
"""The exit code of ``--follow`` while not every call has come to a good end."""


class JobCommand(click.Command):
    """A command named after a job.

    :param name: the job's.
    """

    def __init__(self, name: str, epilog: str) -> None:
        self._parameters: list[click.Parameter] | None = None
        super().__init__(name, callback=self._carry_out, params=_options(), epilog=epilog)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The job's parameters between the options that all of them have."""
        if self._parameters is None:
            job = self._job(ctx)
            self.help = f"{job.summary}\n\n{job.description}"
            self._parameters = list(parameter_options(job.parameters))  # those of a proof are known
        file, *others = super().get_params(ctx)
        return [file, *self._parameters, *others]

    def _job(self, ctx: click.Context) -> Job:
        from ..language.job_records import read_job
        from ..language.specs import default_root

        return read_job(root_of(ctx) or default_root(), str(self.name))

    def _carry_out(
        self, *, file: str | None, column: str | None, proof: str | None, count: int | None, dry_run: bool,
        follow: bool, wait: float, connection: str | None, in_sandbox: bool, **given: Any,
    ) -> None:  # fmt: skip
        from ..jobs.job_runner import JobRunner
        from ..jobs.proof import read_proof

        if in_sandbox and connection:
            raise click.UsageError("--sandbox brings a connection of its own; leave out --connection")
        if file is None and not (follow and proof):
            raise click.UsageError("name a file with --file, or with --follow a proof with --proof")
        context = click.get_current_context()
        connector, job = load_connector(), self._job(context)
        runner = JobRunner(job, connector.caller)
        path = proof or f"{file}.proof.json"
        with ExitStack() as stack:
            if in_sandbox:
                from ..sandbox import Sandbox

                used: Mapping[str, Any] = stack.enter_context(Sandbox(connector.specs)).connection
            else:
                used = stack.enter_context(connection_from(connector, connection))
            known, failed = read_proof(path), None
            if file is not None:
                known, failed = self._begun(runner, used, file, column, path, known, given, count, dry_run=dry_run)
            if known is None or dry_run:
                if follow and not dry_run:
                    raise InputError.of("proof", "there is no proof of this name", "check its name", path=path)
                return
            if follow and failed is None:
                _follow(runner, known, used, connector.caller.clock.sleep, wait)
        if is_asked_for():
            from dataclasses import asdict

            whole = asdict(known)
            emit(whole, lambda: whole["parts"])
        if failed is not None:
            context.exit(1)
        if follow and not all(part.state in job.follow.done for part in known.parts):
            context.exit(NOT_DONE)

    def _begun(
        self, runner: JobRunner, used: Mapping[str, Any], file: str, column: str | None, path: str,
        known: Proof | None, given: Mapping[str, Any], count: int | None, *, dry_run: bool,
    ) -> tuple[Proof | None, Result | None]:  # fmt: skip
        """Say what would be done, ask, and do it; gives the proof, and the result of the call that failed."""
        from ..jobs.entry_file import read_entries

        job = runner.job
        if known is not None and known.job != job.name:
            raise InputError.of("proof", f"the proof is of '{known.job}'", "name another with --proof", path=path)
        inputs = given_inputs(job.parameters, given)
        if known is not None:  # what was begun goes on as it was begun
            inputs = {**{name: value for name, value in known.input.items() if value is not None}, **inputs}
        entries = read_entries(file, job.entries, column)
        with told_by_option(job.parameters):
            plan = runner.plan(inputs, entries, file, known, path, used)
        _tell(plan, entries, job, file)
        if not plan.left or dry_run:
            return (plan.proof if not plan.left else None), None
        _ask(plan.count, count, job.entries.noun)
        failed = runner.carry_out(plan, used, lambda part: _say_part(part, job))
        click.echo(f"written: {path}", err=True)
        if failed is not None:
            assert failed.error is not None
            click.echo(visible(f"error: {failed.error.message}"), err=True)
            echo_hint(failed.error.hint)
            echo_hint("the same command continues from here")
        return plan.proof, failed


def _echo(text: str) -> None:
    """Write a line, beside the document where one is printed."""
    click.echo(text, err=is_asked_for())


def _tell(plan: Plan, entries: Entries, job: Job, file: str) -> None:
    noun, total = job.entries.noun, plan.proof.count
    notes = [f"{total:,} {noun}{'' if total == 1 else 's'} in {file}"]
    notes += [f"{entries.repeated:,} repeated and left out"] if entries.repeated else []
    notes += [f"{entries.empty:,} empty line{'' if entries.empty == 1 else 's'}"] if entries.empty else []
    _echo(visible(", ".join(notes)))
    for doubt in entries.doubts:
        warn(doubt)
    for text in plan.says:
        _echo(paragraph(visible(text)))
    calls = len(plan.left)
    if not calls:
        _echo("everything was requested already; --follow shows what became of it")
        return
    done = len(plan.proof.parts) - calls
    before = f"; {done} calls were made before" if done else ""
    most = max(part.count for part, _ in plan.left)
    _echo(f"{calls} call{'' if calls == 1 else 's'} to make, of at most {most:,} {noun}s{before}")
    if plan.unsure:
        warn(
            f"for {plan.unsure} of them it is unknown whether they were made: the previous run was interrupted",
            "requesting twice does no harm, but counts twice against the limit",
        )


def _ask(wanted: int, given: int | None, noun: str) -> None:
    """Go on only when somebody has typed how many there are."""
    if given is None and not sys.stdin.isatty():
        raise click.UsageError(f"it asks for confirmation: add --count {wanted} to confirm all {wanted:,} {noun}s")
    if given is None:
        typed = click.prompt(
            f"Type the number of {noun}s ({wanted:,}) to continue", err=True, default="", show_default=False
        )
        given = int(typed.replace(",", "")) if typed.replace(",", "").isdecimal() else -1
    if given != wanted:
        raise InputError.of(
            "count", f"there are {wanted:,} {noun}s; nothing was sent", "look at the file again", field="count"
        )


def _say_part(part: Part, job: Job) -> None:
    last = part.first + part.count - 1
    what = f"asked as {part.id}" if part.sending == "asked" else f"not asked: {part.error}"
    _echo(visible(f"  {job.entries.noun}s {part.first:,} to {last:,}: {what}"))


def _follow(runner: JobRunner, proof: Proof, used: Mapping[str, Any], sleep: Any, wait: float) -> None:
    follow, left = runner.job.follow, wait
    while True:
        runner.follow(proof, used, lambda _part: None)
        if left <= 0 or all(runner.is_ended(part) for part in proof.parts if part.id is not None):
            break
        pause = min(follow.every, left, 1 if left < follow.every else follow.every)
        sleep(pause)
        left -= pause
    rows = []
    for part in proof.parts:
        last = part.first + part.count - 1
        state = part.state or (part.error if part.id else "not asked") or "not known"
        rows.append((f"{part.first:,} to {last:,}", part.id or "-", visible(state)))
    for line in table(rows):
        _echo(line)
    if any(not runner.is_ended(part) for part in proof.parts):
        echo_hint(f"it takes days; ask again with '{program()} {runner.job.name} --follow --proof {proof.path}'")


def _options() -> list[click.Parameter]:
    return [
        click.Option(["--file"], metavar="FILE", help="CSV file with a column of ids, or one id per line."),
        click.Option(["--column"], metavar="NAME", help="The column, if it is not clear by itself."),
        click.Option(["--proof"], metavar="FILE", help="Where to write what was requested.  [FILE.proof.json]"),
        click.Option(["--count"], type=click.IntRange(min=1), help="How many ids there are, as the confirmation."),
        click.Option(["--dry-run"], is_flag=True, help="Show what it would do, and do nothing."),
        click.Option(["--follow"], is_flag=True, help="Ask what became of it, and write that into the proof."),
        click.Option(
            ["--wait"], type=click.FloatRange(min=0), default=0, metavar="SECONDS",
            help="With --follow: ask again for this long, until everything has finished.",
        ),
        *connection_options(),
        click.Option(["--sandbox", "in_sandbox"], is_flag=True, help="Ask a local sandbox, started for this run only."),
        *format_options(),
    ]  # fmt: skip
