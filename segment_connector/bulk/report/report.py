"""The report of a run: one HTML page that holds all it needs and asks nothing of any server."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...markup.html import html
from ..reject_groups import RejectGroup
from ..tally import BulkResult, Tally
from .charts import Chart, Series, figure
from .course import Stretch, course
from .run_words import duration, headline, passed, rate, size

_SHORT = 2.0
"""Seconds below which a run has no course worth drawing."""


class NoChart(NamedTuple):
    """What is said in the place of a chart that would show nothing."""

    title: str
    said: str


def report_page(result: BulkResult, facts: Mapping[str, str], rejects: Sequence[RejectGroup] = ()) -> str:
    """The report as HTML, readable without a script, on a telephone, on paper, by light and by night.

    :param result: what came of the run, with its samples.
    :param facts: what else is to be said of it, name and value: the source, where it was sent. No secrets.
    :param rejects: what was rejected, by reason.
    :returns: the page; every text in it is escaped.
    """
    source = next(iter(facts.values()), "")
    return html(
        "bulk/report/report.html",
        title=f"Bulk delivery: {source}" if source else "Bulk delivery",
        result=result,
        kind="rejected" if result.ok and result.tally.rejected else result.outcome,
        headline=headline(result),
        tiles=_tiles(result) if result.tally != Tally() else [],
        facts=facts,
        charts=[one if isinstance(one, NoChart) else figure(one) for one in _charts(result)],
        rejects=rejects,
        doubts=result.doubts,
        earlier=sum(group.count for group in rejects) - result.tally.rejected,
    )


def _tiles(result: BulkResult) -> list[tuple[str, str, str]]:
    """Name, number and kind of each sum."""
    tally, seconds = result.tally, result.seconds
    name = "events that would be accepted" if result.dry_run else "events accepted"
    tiles = [
        (name, f"{passed(tally, dry_run=result.dry_run):,}", ""),
        ("records rejected", f"{tally.rejected:,}", "bad" if tally.rejected else ""),
        *([("records of earlier runs, skipped", f"{tally.skipped:,}", "")] if tally.skipped else []),
        ("time", duration(seconds), ""),
        ("records a second", rate(tally.read, seconds).removesuffix("/s"), ""),
        ("read", size(tally.bytes_read), ""),
    ]
    if tally.requests:
        tiles += [
            ("sent", size(tally.bytes_sent), ""),
            ("requests", f"{tally.requests:,}", ""),
            ("retries", f"{tally.retries:,}", ""),
        ]
    return tiles


def _charts(result: BulkResult) -> Iterator[Chart | NoChart]:
    stretches = course(result.samples)
    if result.seconds < _SHORT:  # a line through one or two stretches says no more than the numbers above it
        return
    yield _throughput(stretches, dry_run=result.dry_run)
    if not result.dry_run:
        yield _latency(stretches)
        yield _counted(stretches, "Retries", "retries", "third", "No request had to be retried.")
    yield _counted(stretches, "Rejects", "rejected", "fourth", "No record was rejected.")


def _throughput(stretches: Sequence[Stretch], *, dry_run: bool) -> Chart:
    counts = [passed(stretch.tally, dry_run=dry_run) for stretch in stretches]
    values = [number / stretch.seconds for number, stretch in zip(counts, stretches, strict=True)]
    mean = sum(counts) / stretches[-1].end
    best = max(range(len(values)), key=values.__getitem__)
    said = (
        f"Over {duration(stretches[-1].end)}, {mean:,.0f} events a second on average; "
        f"at most {values[best]:,.0f}, after {duration(stretches[best].start)}; at least {min(values):,.0f}."
    )
    name = "events that pass, a second" if dry_run else "events accepted a second"
    return Chart("Throughput", name, _edges(stretches), [Series("events a second", values, "first")], said)


def _latency(stretches: Sequence[Stretch]) -> Chart | NoChart:
    measured = [value for stretch in stretches for value in stretch.latencies]
    if not measured:
        return NoChart("Latency", "No request was answered.")
    unit, factor = ("milliseconds", 1000.0) if max(measured) < 2 else ("seconds", 1.0)
    lines = [
        Series(name, [None if (value := one.latency(share)) is None else value * factor for one in stretches], style)
        for name, share, style in (("half of the requests (p50)", 0.5, "first"), ("95 % (p95)", 0.95, "second"))
    ]
    whole = Stretch(0, stretches[-1].end, stretches[0].tally, sorted(measured))
    middle, high = (whole.latency(share) or 0 for share in (0.5, 0.95))
    said = (
        f"Half of the requests were answered within {middle * factor:,.3g} {unit}, "
        f"95 % within {high * factor:,.3g}, the slowest within {max(measured) * factor:,.3g}."
    )
    return Chart("Latency", f"{unit} until a request was answered", _edges(stretches), lines, said)


def _counted(stretches: Sequence[Stretch], title: str, name: str, style: str, none: str) -> Chart | NoChart:
    values = [getattr(stretch.tally, name) for stretch in stretches]
    if not any(values):
        return NoChart(title, none)
    most = max(range(len(values)), key=values.__getitem__)
    length = duration(statistics.median(stretch.seconds for stretch in stretches))
    said = f"{sum(values):,} in all; most of them, {values[most]:,}, after {duration(stretches[most].start)}."
    series = [Series(title.lower(), values, style)]
    unit = f"{title.lower()} in each stretch of about {length}"
    return Chart(title, unit, _edges(stretches), series, said, "bars")


def _edges(stretches: Sequence[Stretch]) -> list[float]:
    return [stretches[0].start, *(stretch.end for stretch in stretches)]
