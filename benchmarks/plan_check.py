"""What it costs to hold an event to a tracking plan of 100 events with 15 properties each: in a call, and in bulk.

With and without the plan take turns, and CPU time is compared, so that a machine that is busy slows both alike.
Run: make bench, or python benchmarks/plan_check.py
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import server

from segment_connector import Connector
from segment_connector.language.specs import Specs
from segment_connector.plans.plan import Plan, plan_from, rule_from

EVENTS, PROPERTIES = 100, 15
ROUNDS, CALLS, LINES = 7, 2000, 100_000
KINDS = (("string", "abc"), ("number", 1.5), ("integer", 3), ("boolean", True))


def event(number: int) -> dict[str, Any]:
    properties = {f"prop_{index}": KINDS[index % len(KINDS)][1] for index in range(PROPERTIES)}
    return {"event": f"Event {number % EVENTS}", "userId": f"u-{number}", "properties": properties}


def plan() -> Plan:
    spec = Specs().plans
    assert spec is not None
    properties = {f"prop_{index}": {"type": KINDS[index % len(KINDS)][0]} for index in range(PROPERTIES)}
    schema = {"type": "object", "properties": {"properties": {"type": "object", "properties": properties,
                                                              "required": ["prop_0"]}}}  # fmt: skip
    return plan_from(
        rule_from({"type": "TRACK", "key": f"Event {number}", "version": 1, "jsonSchema": schema}, spec)
        for number in range(EVENTS)
    )


def seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def main() -> None:
    plain, planned = Connector.load(), Connector.load(plan=plan(), plan_mode="reject")
    given, connection = [event(number) for number in range(EVENTS)], {"writeKey": "k"}

    def calls(connector: Connector) -> Callable[[], None]:
        def work() -> None:
            for number in range(CALLS):
                connector.plan("track", given[number % EVENTS], connection)

        return work

    with server.running() as url, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "events.jsonl"
        with file.open("w", encoding="utf-8") as lines:
            for number in range(LINES):
                more = {"type": "track", "messageId": f"m-{number}", "timestamp": "2026-01-31T12:00:00.000Z"}
                lines.write(json.dumps({**more, **event(number)}) + "\n")
        there = {**connection, "servers": {"tracking": f"{url}/v1"}}

        def bulk(connector: Connector) -> Callable[[], None]:
            def work() -> None:
                result = connector.bulk(file, there, keep_checkpoint=False)
                assert result.ok, result.to_dict()
                assert (result.tally.accepted, result.tally.warned) == (LINES, 0), result.to_dict()

            return work

        for make in (calls, bulk):
            for connector in (plain, planned):
                make(connector)()
        alone = [(seconds(calls(plain)), seconds(calls(planned))) for _ in range(ROUNDS)]
        many = [(seconds(bulk(plain)), seconds(bulk(planned))) for _ in range(ROUNDS)]
    added = statistics.median(after - before for before, after in alone) / CALLS * 1e6
    ratio = statistics.median(after / before for before, after in many)
    print(f"{'a plan in a single call':<40} {added:>8.1f} us   goal: at most 8 us")
    print(f"{'a plan in bulk, against none':<40} {ratio:>8.2f}      goal: at most 1.35")


if __name__ == "__main__":
    main()
