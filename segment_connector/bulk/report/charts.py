"""Charts over time as inline SVG that needs no script: the plot stretches with the page, its text does not.

Text stands at positions in per cent; what is drawn lies in an inner picture that is stretched to the same area. So a
chart is as wide as its place and readable on a telephone. Colours come from the page's style.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from ...markup.html import html
from .course import round_seconds

_INNER = 1000  # units of the inner picture, each way
_TICKS = 4
_WIDEST = 40  # of those units, for a bar


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart, or its bars.

    :ivar name: what it shows, for the legend and the table.
    :ivar values: one a stretch; ``None`` where there is none, which leaves a gap.
    :ivar style: the class that the page's style gives a colour.
    """

    name: str
    values: Sequence[float | None]
    style: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart shows.

    :ivar title: its heading.
    :ivar unit: what is on the vertical axis, with its unit, in words.
    :ivar edges: ends of the stretches in seconds since the start, the first one's start before them.
    :ivar series: the lines, or the one series that bars show.
    :ivar summary: the chart in a sentence, for who cannot see it.
    :ivar form: ``line`` for what is measured, ``bars`` for what is counted.
    """

    title: str
    unit: str
    edges: Sequence[float]
    series: Sequence[Series]
    summary: str
    form: Literal["line", "bars"] = "line"


def figure(chart: Chart) -> str:
    """The chart as an HTML ``figure``: heading, unit, legend, picture, and its numbers as a table.

    :raises ValueError: when the number of values is not that of the stretches.
    """
    if any(len(series.values) != len(chart.edges) - 1 for series in chart.series):
        raise ValueError("a chart needs one value a stretch")
    end = chart.edges[-1]
    caption, form = time_words(end)
    most = max((value for series in chart.series for value in series.values if value is not None), default=0)
    marks = steps_up_to(most, whole=chart.form == "bars")
    levels = [
        ("grid" if mark else "axis", _share(marks[-1] - mark, marks[-1]), _mark_text(mark, marks[1])) for mark in marks
    ]
    stretches = [
        {
            "x": _share(start, end), "width": _share(stop - start, end),
            "start": time_text(start, form), "stop": time_text(stop, form),
            "numbers": [(series.name, number_text(series.values[index])) for series in chart.series],
        }
        for index, (start, stop) in enumerate(pairwise(chart.edges))
    ]  # fmt: skip
    draw = _bars if chart.form == "bars" else _line
    return html(
        "bulk/report/chart.html", chart=chart, caption=caption, inner=_INNER, levels=levels, stretches=stretches,
        times=[(_share(mark, end), time_text(mark, form)) for mark in _time_marks(end)],
        paths=[path for series in chart.series for path in draw(chart, series, marks[-1])],
    )  # fmt: skip


def time_words(end: float) -> tuple[str, str]:
    """How times up to ``end`` seconds are written, in words, and ``time_text``'s name for it."""
    if end < 120:
        return "seconds since the start", "s"
    return ("minutes:seconds since the start", "m:s") if end < 7200 else ("hours:minutes since the start", "h:m")


def time_text(seconds: float, form: str) -> str:
    """A time on the axis."""
    if form == "s":
        return f"{seconds:.2f}".rstrip("0").rstrip(".")
    first, second = divmod(round(seconds), 60) if form == "m:s" else divmod(round(seconds / 60), 60)
    return f"{first}:{second:02}"


def number_text(value: float | None) -> str:
    """A value in the table: three digits that count, thousands apart; a dash for none."""
    if value is None:
        return "\u2013"
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def steps_up_to(most: float, *, whole: bool) -> list[float]:
    """Round numbers from 0 to ``most`` or just above, about four steps apart.

    :param whole: whether only whole numbers make sense, because things are counted.
    """
    rough = (most or 1) / _TICKS
    power: float = 10.0 ** math.floor(math.log10(rough))
    step: float = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    if whole:
        step = max(1, math.ceil(step))
    return [index * step for index in range(math.ceil((most or 1) / step * 0.999) + 1)]


def _line(chart: Chart, series: Series, top: float) -> Iterator[tuple[str, str]]:
    """Classes and way of each path.

    They are steps, since each value is that of a whole stretch; the area below the first series is tinted.
    """
    path, area, begun = [], [], False
    for index, value in enumerate(series.values):
        if value is None:
            begun = False
            continue
        left, right = _across(chart, index), _across(chart, index + 1)
        y = round(_INNER * (1 - value / top), 1)
        path.append(f"{'L' if begun else 'M'}{left} {y}H{right}")
        area.append(f"M{left} {_INNER}V{y}H{right}V{_INNER}Z")
        begun = True
    if series is chart.series[0]:
        yield f"area {series.style}", "".join(area)
    yield f"line {series.style}", "".join(path)


def _bars(chart: Chart, series: Series, top: float) -> Iterator[tuple[str, str]]:
    path = []
    for index, value in enumerate(series.values):
        if value:
            left, right = _across(chart, index), _across(chart, index + 1)
            # A long stretch is no reason for a wall of colour.
            middle, half = (left + right) / 2, min(0.4 * (right - left), _WIDEST / 2)
            top_edge = round(_INNER * (1 - value / top), 1)
            path.append(f"M{middle - half:.1f} {_INNER}V{top_edge}H{middle + half:.1f}V{_INNER}Z")
    yield f"bars {series.style}", "".join(path)


def _time_marks(end: float) -> list[float]:
    step = round_seconds(end / (_TICKS + 1))
    return [index * step for index in range(int(end / step + 1e-9) + 1)]


def _mark_text(mark: float, step: float) -> str:
    return f"{mark:,.0f}" if step == int(step) else f"{mark:.{max(0, -math.floor(math.log10(step)))}f}"


def _across(chart: Chart, index: int) -> float:
    return round(_INNER * chart.edges[index] / chart.edges[-1], 1)


def _share(part: float, whole: float) -> str:
    return f"{round(100 * part / whole, 3):g}%"
