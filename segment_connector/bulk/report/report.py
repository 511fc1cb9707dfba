"""The report of a run: one HTML page that holds all it needs and asks nothing of any server."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from ...markup.markdown import sentence
from ...markup.page_style import STYLE as SHARED_STYLE
from ..tally import BulkResult, Tally
from .charts import Chart, Series, figure
from .course import Stretch, course
from .reject_groups import RejectGroup
from .report_style import STYLE
from .run_words import duration, headline, passed, rate, size

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_EMPTY = "data:,"  # without an icon of its own a browser would ask the page's server for one


def report_page(result: BulkResult, facts: Mapping[str, str], rejects: Sequence[RejectGroup] = ()) -> str:
    """The report as HTML, readable without a script, on a telephone, on paper, by light and by night.

    :param result: what came of the run, with its samples.
    :param facts: what else is to be said of it, name and value: the source, where it was sent. No secrets.
    :param rejects: what was rejected, by reason.
    :returns: the page; every text in it is escaped.
    """
    source = next(iter(facts.values()), "")
    title = f"Bulk delivery: {source}" if source else "Bulk delivery"
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n<link rel="icon" href="{_EMPTY}">\n'
        f"<title>{escape(title)}</title>\n<style>{SHARED_STYLE}{STYLE}</style>\n</head>\n<body>\n"
    )
    return head + "\n".join(_body(result, facts, rejects)) + "\n</body>\n</html>\n"


def _body(result: BulkResult, facts: Mapping[str, str], rejects: Sequence[RejectGroup]) -> Iterator[str]:
    yield "<header><h1>Bulk delivery</h1></header>\n<main>"
    yield from _outcome(result)
    if result.tally != Tally():
        yield from _tiles(result)
    if facts:
        yield '<div class="box"><dl>'
        for name, value in facts.items():
            yield f'<div class="row"><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>'
        yield "</dl></div>"
    yield "<h2>Over time</h2>"
    yield from _charts(result)
    if result.tally.rejected or rejects:
        yield "<h2>Rejects</h2>"
        yield from _rejects(result, rejects)
    yield "</main>"
    if not result.dry_run and result.tally.accepted:
        yield (
            '<footer class="soft">Accepted means that the service took the events; it tells nothing of their way '
            "to destinations.</footer>"
        )
    else:
        yield "<footer></footer>"


def _outcome(result: BulkResult) -> Iterator[str]:
    kind = "rejected" if result.ok and result.tally.rejected else result.outcome
    yield f'<section class="outcome {escape(kind)}" aria-label="Outcome"><strong>{escape(headline(result))}</strong>'
    if result.hint:
        yield f"<p>{escape(sentence(result.hint))}</p>"
    if not result.ok and result.checkpoint:
        file = f"<code>{escape(result.checkpoint)}</code>"
        yield f"<p>What was accepted is remembered in {file}; the same command goes on from there.</p>"
    yield "</section>"


def _tiles(result: BulkResult) -> Iterator[str]:
    tally, seconds = result.tally, result.seconds
    tiles = [
        (
            "events that would be accepted" if result.dry_run else "events accepted",
            f"{passed(tally, dry_run=result.dry_run):,}",
            "",
        ),
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
    yield '<dl class="tiles">'
    for name, value, kind in tiles:
        yield f'<div class="tile {kind}"><dt>{name}</dt><dd>{value}</dd></div>'
    yield "</dl>"


def _charts(result: BulkResult) -> Iterator[str]:
    stretches = course(result.samples)
    if not stretches:
        yield "<p>There is nothing to draw: the run ended before anything was measured.</p>"
        return
    yield '<div class="charts">'
    yield _throughput(stretches, dry_run=result.dry_run)
    if not result.dry_run:
        yield _latency(stretches)
        yield _counted(stretches, "Retries", "retries", "third", "No request had to be tried again.")
    yield _counted(stretches, "Rejects", "rejected", "fourth", "No record was rejected.")
    yield "</div>"


def _throughput(stretches: Sequence[Stretch], *, dry_run: bool) -> str:
    counts = [passed(stretch.tally, dry_run=dry_run) for stretch in stretches]
    values = [number / stretch.seconds for number, stretch in zip(counts, stretches, strict=True)]
    mean = sum(counts) / stretches[-1].end
    best = max(range(len(values)), key=values.__getitem__)
    said = (
        f"Over {duration(stretches[-1].end)}, {mean:,.0f} events a second on average; "
        f"at most {values[best]:,.0f}, after {duration(stretches[best].start)}; at least {min(values):,.0f}."
    )
    name = "events that pass, a second" if dry_run else "events accepted a second"
    return figure(Chart("Throughput", name, _edges(stretches), [Series("events a second", values, "first")], said))


def _latency(stretches: Sequence[Stretch]) -> str:
    measured = [value for stretch in stretches for value in stretch.latencies]
    if not measured:
        return _nothing("Latency", "No request was answered.")
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
    return figure(Chart("Latency", f"{unit} until a request was answered", _edges(stretches), lines, said))


def _counted(stretches: Sequence[Stretch], title: str, name: str, style: str, none: str) -> str:
    values = [getattr(stretch.tally, name) for stretch in stretches]
    if not any(values):
        return _nothing(title, none)
    most = max(range(len(values)), key=values.__getitem__)
    length = duration(statistics.median(stretch.seconds for stretch in stretches))
    said = f"{sum(values):,} in all; most of them, {values[most]:,}, after {duration(stretches[most].start)}."
    series = [Series(title.lower(), values, style)]
    return figure(
        Chart(title, f"{title.lower()} in each stretch of about {length}", _edges(stretches), series, said, "bars")
    )


def _nothing(title: str, said: str) -> str:
    return f'<section class="chart"><h3>{escape(title)}</h3><p class="soft">{escape(said)}</p></section>'


def _edges(stretches: Sequence[Stretch]) -> list[float]:
    return [stretches[0].start, *(stretch.end for stretch in stretches)]


def _rejects(result: BulkResult, rejects: Sequence[RejectGroup]) -> Iterator[str]:
    if result.rejects:
        yield f"<p>All of them, each with its reason, are in <code>{escape(result.rejects)}</code>.</p>"
    if not rejects:
        return
    yield '<div class="box rejects"><table><thead><tr><th scope="col">Reason</th>'
    yield '<th scope="col" class="number">Records</th><th scope="col">The first of them</th></tr></thead><tbody>'
    for group in sorted(rejects, key=lambda group: -group.count):
        examples = "".join(f"<li>{escape(example)}</li>" for example in group.examples)
        hint = f'<p class="soft">{escape(group.hint)}</p>' if group.hint else ""
        yield (
            f'<tr><th scope="row"><code>{escape(group.code)}</code></th>'
            f'<td class="number">{group.count:,}</td><td class="said"><ul>{examples}</ul>{hint}</td></tr>'
        )
    yield "</tbody></table></div>"
    told = sum(group.count for group in rejects)
    if (earlier := told - result.tally.rejected) > 0:
        were, runs = ("was", "an earlier run") if earlier == 1 else ("were", "earlier runs")
        yield f'<p class="soft">{earlier:,} of these records {were} rejected by {runs}.</p>'
