"""The report of a run: what it says, that it holds all it needs, and that a person can read it in a browser."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import chromium
from playwright.sync_api import Browser

from segment_connector.bulk.reject_groups import RejectGroup, reject_groups
from segment_connector.bulk.report.charts import (
    Chart,
    Series,
    figure,
    steps_up_to,
    time_text,
    time_words,
)
from segment_connector.bulk.report.course import course, round_seconds
from segment_connector.bulk.report.report import report_page
from segment_connector.bulk.report.run_words import count, duration, headline, rate, size
from segment_connector.bulk.tally import BulkResult, Sample, Tally

FACTS = {"Source": "orders.jsonl", "Sent to": "api.segment.io"}
NASTY = "<script>alert(1)</script> \"quoted\" & 'more'"


def sample(at: float, seconds: float = 1.0, accepted: int = 1000, latencies: Any = (0.05,), **more: int) -> Sample:
    tally = Tally(read=accepted, accepted=accepted, requests=len(latencies), **more)
    return Sample(at, seconds, tally, list(latencies))


def run(
    seconds: float,
    step: float = 1.0,
    *,
    paused: tuple[float, float] = (0, 0),
    rejected: float = 0.0,
    retried: float = 0.0,
    **members: Any,
) -> BulkResult:
    """A run as it could have been, the same each time."""
    dice, samples, sums, at = random.Random(7), [], Tally(), 0.0
    while at < seconds:
        length = step * dice.uniform(0.98, 1.03)
        at += length
        events = 0 if paused[0] <= at < paused[1] else int(28_000 * length * dice.uniform(0.9, 1.1))
        requests = events // 1200
        tally = Tally(
            read=events, accepted=events, rejected=int(events * rejected * dice.random()), requests=requests,
            retries=int(requests * retried * dice.random()), bytes_read=420 * events, bytes_sent=410 * events,
        )  # fmt: skip
        sums.add(tally)
        samples.append(Sample(at, length, tally, [0.05 * dice.lognormvariate(0, 0.4) for _ in range(requests)]))
    return BulkResult(**{"outcome": "done", "tally": sums, "seconds": at, "samples": samples, **members})


GROUPS = [
    RejectGroup("required", 1200, [f"line 17: userId: {NASTY}", "line 40: userId: is required"], "give one of them"),
    RejectGroup("format", 3, ["line 5,000: timestamp: must be a date and time"]),
]
RUNS = {
    "short": (run(3, 0.25), []),
    "long": (run(7200, 60, rejected=0.001, retried=0.1, rejects="orders.rejects.jsonl"), GROUPS),
    "paused": (run(190, paused=(40, 100), retried=0.2), []),
    "failed": (
        run(42, outcome="failed", message=f"cannot be reached: {NASTY}", hint="check the network", checkpoint="o.db"),
        [],
    ),
    "nothing": (BulkResult("done", Tally(), 0.01), []),
    "dry": (run(25, dry_run=True, rejected=0.001), GROUPS),
}


class Elements(HTMLParser):
    """Names and attributes of all elements, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(name: str) -> str:
    result, groups = RUNS[name]
    return report_page(result, FACTS, groups)


# What it says


@pytest.mark.parametrize("name", RUNS)
def test_the_page_holds_all_it_needs_and_escapes_what_it_shows(name: str) -> None:
    elements = Elements(page_of(name))
    assert "script" not in {tag for tag, _ in elements.found}
    addresses = [
        value for _, attributes in elements.found for key, value in attributes.items() if key in ("src", "href")
    ]
    assert len(addresses) == 1  # the icon, which the page holds itself
    assert addresses[0].startswith("data:image/svg+xml,")
    assert not re.search(r"url\(|@import", page_of(name))


def test_the_summary_tells_the_sums_and_facts() -> None:
    text = Elements(page_of("long")).text
    result = RUNS["long"][0]
    assert headline(result) in text
    for fact in ("orders.jsonl", "api.segment.io", f"{result.tally.retries:,}", size(result.tally.bytes_sent)):
        assert fact in text


def test_a_failure_tells_the_cure_and_how_to_go_on() -> None:
    text = Elements(page_of("failed")).text
    assert f"Failed: cannot be reached: {NASTY}" in text
    assert "Check the network." in text
    assert "What was accepted is remembered in o.db; the same command continues from there." in text


def test_rejects_are_listed_by_reason_with_the_first_of_them() -> None:
    text = Elements(page_of("long")).text
    assert f"required1,200line 17: userId: {NASTY}line 40: userId: is requiredgive one of them" in text
    assert "All of them, each with its reason, are in orders.rejects.jsonl." in text


def test_rejects_of_earlier_runs_are_told_apart() -> None:
    result = BulkResult("done", Tally(read=5, accepted=3, rejected=2), 1.0)
    assert "1 of these records was rejected by an earlier run" in report_page(result, {}, [RejectGroup("type", 3)])
    assert "earlier" not in report_page(result, {}, [RejectGroup("type", 2)])


def test_each_chart_has_a_name_axes_and_its_numbers_as_a_table() -> None:
    elements = Elements(page_of("long"))
    labels = [attributes["aria-label"] or "" for _, attributes in elements.found if attributes.get("role") == "img"]
    assert [label.split(".")[0] for label in labels] == ["Throughput", "Latency", "Retries", "Rejects"]
    assert all(re.search(r"\d", label) for label in labels)
    assert sum(tag == "table" for tag, _ in elements.found) == 4 + 1
    for unit in ("events accepted a second", "milliseconds until", "retries in each", "hours:minutes since the start"):
        assert unit in elements.text


def test_what_did_not_happen_is_said_and_not_drawn() -> None:
    text = Elements(page_of("short")).text
    assert "No request had to be retried." in text
    assert "No record was rejected." in text
    assert "There is nothing to draw" in Elements(page_of("nothing")).text


def test_a_dry_run_shows_nothing_of_requests() -> None:
    text = Elements(page_of("dry")).text
    assert "Dry run: " in text
    assert "rejected; nothing was sent" in text
    assert "Latency" not in text


# The course of a run


def test_samples_are_put_together_to_as_many_stretches_as_can_be_seen() -> None:
    found = course([sample(at) for at in range(1, 7201)])
    assert len(found) == 120
    assert {round(stretch.seconds) for stretch in found} == {60}
    assert sum(stretch.tally.accepted for stretch in found) == 7_200_000
    assert all(one.end == next_one.start for one, next_one in pairwise(found))


def test_a_short_run_keeps_its_samples() -> None:
    assert len(course([sample(at / 4, 0.25) for at in range(1, 13)])) == 12


def test_a_rest_that_is_too_short_for_a_rate_belongs_to_the_stretch_before() -> None:
    found = course([sample(1.0), sample(2.0), sample(2.001, 0.001)])
    assert [stretch.end for stretch in found] == [1.0, 2.001]
    assert found[-1].tally.accepted == 2000


def test_a_run_that_is_shorter_than_one_sample_is_one_stretch() -> None:
    assert [stretch.seconds for stretch in course([sample(0.2, 0.2)])] == [0.2]
    assert course([]) == []


def test_samples_of_several_workers_add_up() -> None:
    found = course([sample(at) for at in (1.0, 1.001, 2.0, 2.001, 3.0, 3.001)])
    assert sum(stretch.tally.accepted for stretch in found) == 6000
    assert found[-1].end == 3.001


def test_a_sample_without_length_alone_is_no_stretch() -> None:
    assert course([sample(0.0, 0.0)]) == []


def test_percentiles_are_times_that_were_measured() -> None:
    (stretch,) = course([sample(1.0, latencies=[0.3, 0.1, 0.2, 0.4])])
    assert [stretch.latency(share) for share in (0.0, 0.5, 0.95, 1.0)] == [0.1, 0.3, 0.4, 0.4]
    (stretch,) = course([sample(1.0, latencies=[])])
    assert stretch.latency(0.5) is None


# Charts


def drawn(values: list[float | None], form: Any = "line") -> str:
    edges = [float(edge) for edge in range(len(values) + 1)]
    return figure(Chart("T", "u", edges, [Series("s", values, "first")], "Said.", form))


def test_a_gap_in_the_numbers_is_a_gap_in_the_line() -> None:
    assert '<path class="line first" d="M0.0 500.0H250.0M500.0 0.0H750.0L750.0 500.0H1000.0"/>' in drawn(
        [1, None, 2, 1]
    )


def test_bars_stand_only_where_something_is_counted() -> None:
    assert re.search(r'<path class="bars first" d="M730.0 1000V0.0H770.0V1000Z"/>', drawn([0, 1], "bars"))


def test_every_stretch_tells_its_numbers_to_a_pointer_and_in_the_table() -> None:
    chart = drawn([1.5, None])
    assert "<title>0 to 1: s 1.5</title>" in chart
    assert '<th scope="row">1 \u2013 2</th><td>\u2013</td>' in chart


def test_values_that_do_not_fit_the_stretches_are_refused() -> None:
    with pytest.raises(ValueError, match="one value a stretch"):
        figure(Chart("T", "u", [0, 1], [Series("s", [1, 2], "first")], ""))


@pytest.mark.parametrize(
    ("most", "whole", "steps"),
    [
        (41_000, False, [0, 20_000, 40_000, 60_000]),
        (0.9, False, [0, 0.5, 1]),
        (1, True, [0, 1]),
        (3, True, [0, 1, 2, 3]),
        (0, False, [0, 0.5, 1]),
        (100, True, [0, 50, 100]),
    ],
)
def test_axes_are_marked_in_round_numbers(most: float, *, whole: bool, steps: list[float]) -> None:
    assert steps_up_to(most, whole=whole) == steps


@pytest.mark.parametrize(
    ("end", "seconds", "text"),
    [(3, 0.25, "0.25"), (3, 2.0, "2"), (600, 90, "1:30"), (7200, 5400, "1:30"), (90_000, 86_400, "24:00")],
)
def test_times_are_in_the_unit_of_the_run(end: float, seconds: float, text: str) -> None:
    assert time_text(seconds, time_words(end)[1]) == text


def test_lengths_of_time_are_round() -> None:
    assert [round_seconds(least) for least in (0.01, 3, 61, 3601, 200_000)] == [0.05, 5, 120, 7200, 259_200]


# Words


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (size(1), "1 byte"), (size(999), "999 bytes"), (size(1000), "1.0 kB"), (size(999_600), "1.0 MB"),
        (size(412_345_678), "412 MB"), (size(2e15), "2,000 TB"),
        (duration(0.012), "12 ms"), (duration(3.04), "3 s"), (duration(9.96), "10 s"), (duration(59.6), "1 min"),
        (duration(200), "3 min 20 s"), (duration(7500), "2 h 5 min"), (duration(86_400), "1 day"),
        (duration(200_000), "2 days 7 h"), (rate(10, 4), "2.5/s"), (rate(382_000, 10), "38,200/s"), (rate(5, 0), "0/s"),
        (count(1, "event"), "1 event"), (count(2500, "event"), "2,500 events"),
    ],
)  # fmt: skip
def test_sizes_and_times_in_words(said: str, text: str) -> None:
    assert said == text


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (BulkResult("done", Tally(read=3, accepted=3), 1), "Done: all 3 events accepted"),
        (BulkResult("done", Tally(read=1, accepted=1), 1), "Done: the event accepted"),
        (BulkResult("done", Tally(read=3, accepted=1, rejected=2), 1), "Done: 1 event accepted, 2 records rejected"),
        (BulkResult("done", Tally(), 1), "Done: the source contains no event"),
        (
            BulkResult("done", Tally(skipped=9), 1),
            "Done: nothing was left to do; an earlier run processed everything",
        ),
        (
            BulkResult("done", Tally(read=3, rejected=1), 1, dry_run=True),
            "Dry run: 2 events would be accepted, 1 record rejected; nothing was sent",
        ),
        (BulkResult("stopped", Tally(accepted=2), 1), "Stopped before the end: 2 events accepted"),
        (BulkResult("failed", Tally(), 1, code="timeout"), "Failed: timeout"),
    ],
)
def test_an_outcome_in_a_sentence(result: BulkResult, text: str) -> None:
    assert headline(result) == text


# The reject file


def test_a_reject_file_in_short(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    lines = [
        {"line": number, "code": "type", "field": "a", "message": "must be text", "hint": "quote it", "record": "PII"}
        for number in range(1, 6)
    ]
    lines += [{"position": 1200, "code": "json", "message": "x" * 400, "record": "PII"}]
    path.write_text("\n".join(map(json.dumps, lines)) + '\n[]\n{"code": "cut o', encoding="utf-8")
    first, second = reject_groups(path)
    assert (first.code, first.count, first.hint) == ("type", 5, "quote it")
    assert first.examples == [f"line {number}: a: must be text" for number in (1, 2, 3)]
    assert second.examples[0].startswith("position 1,200: xxx")
    assert len(second.examples[0]) == 300


def test_faults_of_one_member_that_have_their_own_cures_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    said = [f"2026-10-25 0{hour}:30 was twice: '0{hour}:30'" for hour in (1, 2)] + [
        "there is no 30 February 2026: '30/02'"
    ]
    said += [f"no quotes tell the value {'x' * number}" for number in range(1, 20)]
    lines = [{"line": 1, "code": "date_time", "field": "row.at", "message": message} for message in said]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    groups = reject_groups(path)
    assert sum(group.count for group in groups) == len(lines)
    assert (len(groups), {group.message: group.count for group in groups}[said[0]]) == (9, 2)


def test_the_file_of_a_reject_is_told_where_there_are_several(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    for files, said in ((["a", "a"], "line 1: m"), (["a", "b"], "a: line 1: m")):
        lines = [{"file": file, "line": 1, "code": "type", "message": "m"} for file in files]
        path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
        assert reject_groups(path)[0].examples[0] == said


# In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.mark.parametrize(("scheme", "width"), [("light", 1200), ("dark", 1200), ("light", 390)])
def test_a_person_can_read_it(browser: Browser, tmp_path: Path, scheme: Any, width: int) -> None:
    with browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800}) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for name in RUNS:
            path = tmp_path / f"{name}.html"
            path.write_text(page_of(name), encoding="utf-8")
            page.goto(path.as_uri())
            assert page.evaluate("document.documentElement.scrollWidth") == width, name
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
            assert Axe().run(page).response["violations"] == [], name
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_the_plot_is_as_wide_as_its_place_and_its_text_is_not_stretched(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(page_of("long"), encoding="utf-8")
    found = []
    for width in (390, 1200):
        with browser.new_context(viewport={"width": width, "height": 800}) as context:
            page = context.new_page()
            page.goto(path.as_uri())
            plot, text = page.locator("svg.plot").first, page.locator("svg.plot text").first
            found.append((plot.bounding_box()["width"], text.bounding_box()["height"]))  # type: ignore[index]
    assert found[0][0] < 320 < found[1][0]
    assert found[0][1] == pytest.approx(found[1][1], abs=0.5)
