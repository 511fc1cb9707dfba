"""What a mapping costs beside a function that somebody wrote by hand for the same rows, and CSV beside the bare reader.

Then what each word in the brackets of a filter costs.

The candidates take turns, so that a machine that slows down slows all of them; figures are medians of the ratios of
neighbouring turns. Run: python benchmarks/mapping.py
"""

from __future__ import annotations

import csv
import gc
import io
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from segment_connector import Connector
from segment_connector.bulk.read.forms import read_blocks
from segment_connector.bulk.read.mapping import RowMapping
from segment_connector.bulk.read.partition import Partition
from segment_connector.templates.evaluator import Cells

ROUNDS = 15
ROWS = 10_000
COLUMNS = ["customer_id", "ordered_at", "Order ID", "total", "currency", "sku", "quantity", "locale"]
TREE = {
    "event": "Order Completed",
    "userId": "{{ row.customer_id }}",
    "timestamp": "{{ row.ordered_at }}",
    "properties": {
        "order_id": "{{ row['Order ID'] }}",
        "revenue": "{{ row.total | number }}",
        "currency": "{{ row.currency }}",
        "sku": "{{ row.sku }}",
        "quantity": "{{ row.quantity | integer }}",
    },
    "context": {"locale": "{{ row.locale }}"},
}


def by_hand(row: dict[str, str]) -> dict[str, Any]:
    """The same as TREE: what was not given is left out. It does not say what is wrong with a row."""
    event: dict[str, Any] = {"event": "Order Completed"}
    if "customer_id" in row:
        event["userId"] = row["customer_id"]
    if "ordered_at" in row:
        event["timestamp"] = row["ordered_at"]
    properties: dict[str, Any] = {}
    if "Order ID" in row:
        properties["order_id"] = row["Order ID"]
    if "total" in row:
        properties["revenue"] = float(row["total"])
    if "currency" in row:
        properties["currency"] = row["currency"]
    if "sku" in row:
        properties["sku"] = row["sku"]
    if "quantity" in row:
        properties["quantity"] = int(row["quantity"])
    if properties:
        event["properties"] = properties
    if "locale" in row:
        event["context"] = {"locale": row["locale"]}
    return event


def cells() -> list[list[str]]:
    return [
        [f"u-{index % 997}", "2026-01-31T12:00:00.000Z", f"o-{index}", f"{index % 999}.{index % 90 + 10}", "EUR",
         "G-32", str(index % 5 + 1), "en-US"]
        for index in range(ROWS)
    ]  # fmt: skip


def seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def ratios(base: Callable[[], object], others: dict[str, Callable[[], object]]) -> dict[str, tuple[float, float]]:
    """Microseconds a row, and the ratio to ``base``, of each candidate; the base is ``"base"``."""
    candidates = {"base": base, **others}
    times: dict[str, list[float]] = {name: [] for name in candidates}
    gc.collect()
    gc.disable()  # as delivery does
    try:
        for _ in range(ROUNDS):
            for name, call in candidates.items():
                times[name].append(seconds(call))
    finally:
        gc.enable()
    return {
        name: (
            statistics.median(taken) / ROWS * 1e6,
            statistics.median(one / other for one, other in zip(taken, times["base"], strict=True)),
        )
        for name, taken in times.items()
    }


def mapping_ratios() -> dict[str, tuple[float, float]]:
    """Of rows as mappings, and of rows as cells, which spare the mapping between."""
    mapping = RowMapping(TREE, Connector.load().specs.action("track"))
    over_cells = mapping.make_from(Cells(COLUMNS, texts=True))
    lists = cells()
    rows = [dict(zip(COLUMNS, one, strict=True)) for one in lists]
    assert [*map(by_hand, rows)] == [*map(mapping.make, rows)] == [*map(over_cells, lists)]
    return ratios(
        lambda: [*map(by_hand, rows)],
        {"rows": lambda: [*map(mapping.make, rows)], "cells": lambda: [*map(over_cells, lists)]},
    )


def csv_ratios() -> dict[str, tuple[float, float]]:
    """CSV to events, whole: csv.DictReader and the function by hand, beside ours."""
    mapping = RowMapping(TREE, Connector.load().specs.action("track"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders.csv"
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([COLUMNS, *cells()])
        partition = Partition(str(path), path.name, "csv")

        def plain() -> list[Any]:
            with path.open(newline="") as file:
                return [by_hand(row) for row in csv.DictReader(file)]

        def bare() -> list[Any]:
            return list(csv.reader(io.StringIO(path.read_text(), newline="\n")))

        def ours() -> list[Any]:
            return [record for block in read_blocks(partition, mapping) for record in block.records]

        assert plain() == ours()
        return ratios(plain, {"csv.reader alone": bare, "ours": ours})


WORDS = {
    "nothing": ("2.283,92", "{{ row.x }}"),
    "number": ("2283.92", "{{ row.x | number }}"),
    "number, marks": ("2.283,92", "{{ row.x | number(decimal=',', thousands='.') }}"),
    "number, marks and a sign": ("18,48 €", "{{ row.x | number(decimal=',', strip='€') }}"),
    "boolean": ("yes", "{{ row.x | boolean }}"),
    "boolean, words": ("ja", "{{ row.x | boolean(true='ja', false='nein') }}"),
    "date_time": ("2026-01-31 14:05", "{{ row.x | date_time }}"),
    "date_time, pattern": ("31/01/2026 14:05", "{{ row.x | date_time('%d/%m/%Y %H:%M') }}"),
    "date_time, pattern and zone": (
        "31/01/2026 14:05",
        "{{ row.x | date_time('%d/%m/%Y %H:%M', zone='Europe/Madrid') }}",
    ),
    "trim, lower, hash": ("Ann@Example.com", "{{ row.x | trim | lower | hash }}"),
}


def word_micros() -> dict[str, float]:
    """Microseconds a row of a mapping with one property, by the words in it."""
    action = Connector.load().specs.action("track")
    found = {}
    for name, (cell, template) in WORDS.items():
        make = RowMapping({"event": "E", "properties": {"x": template}}, action).make_from(Cells(["x"], texts=True))
        rows = [[cell]] * ROWS
        found[name] = min(seconds(lambda make=make, rows=rows: [*map(make, rows)]) for _ in range(ROUNDS)) / ROWS * 1e6
    return found


def main() -> None:
    for title, base, found in (
        ("a row to an event", "by hand", mapping_ratios()),
        ("CSV to events", "csv.DictReader, by hand", csv_ratios()),
    ):
        print(f"{title:32}{'us a row':>10}{'ratio':>8}")
        for name, (micros, ratio) in found.items():
            print(f"  {base if name == 'base' else name:30}{micros:10.2f}{ratio:8.2f}")
    print(f"{'a row with one word':32}{'us a row':>10}")
    for name, micros in word_micros().items():
        print(f"  {name:30}{micros:10.2f}")
    print("goal: at most 1.3 times a function by hand")


if __name__ == "__main__":
    main()
