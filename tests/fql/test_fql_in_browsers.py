"""Segment's own evaluator, which it runs in browsers (``@segment/tsub``), comes to the same verdicts.

It takes a tree in place of a text, so each case is made as both. What the two do not both know is left out: the case
functions, null and fields that are not there (JavaScript's ``undefined`` is not null), names of types, bytes of texts.
"""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from segment_connector.fql.condition import Condition

NPM = Path(__file__).parents[1] / "npm"
OWN_NODE = NPM / "node_modules" / ".bin" / "node"
CASES = 1_500
EVENT_FIELDS = ("event", "type", "properties.n", "properties.m", "properties.yes", "properties.list", "properties.v",
                "properties.text", "properties.gone")  # fmt: skip
TEXTS = ("track", "page", "Order Completed", "order completed", "a*b", "ab/c", "", "a", "1.10", "1.9.3", "[x]")
PATTERNS = ("*", "Order *", "?rder*", "a*c", "a*", "*b*c", "[a-c]*", "[^a]*", "a\\*b", "[x", "", "tra[ck]k", "\\[x\\]")
NUMBERS = (0, 1, 1.5, -2, 10)

Case = tuple[str, Any]


def quoted(text: str) -> Case:
    return f"'{text}'", {"value": text}


class Maker:
    """Makes random conditions, each as a text and as a tree."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def one_of(self, *makers: Any) -> Case:
        made: Case = self.random.choice(makers)()
        return made

    def field(self) -> Case:
        name = self.random.choice(EVENT_FIELDS)
        return name, name

    def text(self) -> Case:
        return quoted(self.random.choice([text for text in TEXTS if "\\" not in text]))

    def number(self) -> Case:
        value = self.random.choice(NUMBERS)
        return str(value), {"value": value}

    def truth(self) -> Case:
        value = self.random.choice((True, False))
        return str(value).lower(), {"value": value}

    def lower(self) -> Case:
        return self.call("lowercase", self.one_of(lambda: ("properties.text", "properties.text"), self.text))

    def length(self) -> Case:
        return self.call("length", self.one_of(lambda: ("properties.list", "properties.list"), self.text))

    def call(self, name: str, *arguments: Case) -> Case:
        return f"{name}({', '.join(text for text, _ in arguments)})", [name, *(tree for _, tree in arguments)]

    def binary(self, operator: str, left: Case, right: Case) -> Case:
        return f"{left[0]} {operator} {right[0]}", [operator, left[1], right[1]]

    def condition(self, depth: int) -> Case:
        kinds = ["=", "!=", "<", "in", "contains", "match", "semver", "field"]
        kind = self.random.choice(kinds if depth == 0 else [*kinds, "and", "or", "and", "or", "!"])
        if kind in ("and", "or"):
            parts = [self.condition(depth - 1) for _ in range(self.random.randint(2, 3))]
            return f" {kind} ".join(f"({text})" for text, _ in parts), [kind, *(tree for _, tree in parts)]
        if kind == "!":
            text, tree = self.condition(depth - 1)
            return (f"!({text})", ["!", tree]) if isinstance(tree, list) else (text, tree)
        if kind in ("=", "!="):
            return self.binary(kind, self.one_of(self.field, self.lower, self.length),
                               self.one_of(self.text, self.number, self.truth))  # fmt: skip
        if kind == "<":
            operator = self.random.choice(("<", "<=", ">", ">="))
            return self.binary(operator, self.one_of(self.field, self.length), self.one_of(self.number, self.field))
        if kind == "in":
            items = [self.one_of(self.text, self.number, self.truth) for _ in range(self.random.randint(0, 3))]
            made = f"[{', '.join(text for text, _ in items)}]", {"value": [tree for _, tree in items]}
            return self.binary("in", self.one_of(self.field, self.text, self.number), made)
        if kind == "contains":
            return self.call("contains", self.one_of(self.field, self.text), self.one_of(self.text, self.field))
        if kind == "match":
            return self.call("match", self.field(), quoted(self.random.choice(PATTERNS)))
        if kind == "semver":
            versions = ("1", "1.2", "1.10.0", "1.9.3", "x", "1.2.3.4")
            operator = quoted(self.random.choice(("=", "!=", "<", "<=", ">", ">=")))
            version = lambda: quoted(self.random.choice(versions))  # noqa: E731
            return self.call(
                "semver", self.one_of(lambda: ("properties.v", "properties.v"), version), operator, version()
            )
        return self.field()

    def event(self) -> dict[str, Any]:
        pick = self.random.choice
        return {
            "event": pick(TEXTS),
            "type": pick(("track", "page")),
            "properties": {
                "n": pick(NUMBERS), "m": pick((*NUMBERS, "1")), "yes": pick((True, False)), "text": pick(TEXTS),
                "list": [pick((*NUMBERS, *TEXTS)) for _ in range(pick((0, 1, 3)))], "v": pick(("1.2.0", "1.10", "x")),
            },
        }  # fmt: skip


@pytest.mark.unmeasured
def test_the_evaluator_in_browsers_agrees_wherever_both_know_an_answer(tmp_path):
    maker = Maker(16)
    cases = [(*maker.condition(3), maker.event()) for _ in range(CASES)]
    (tmp_path / "cases.json").write_text(json.dumps([[tree, event] for _, tree, event in cases]), encoding="utf-8")
    node = str(OWN_NODE) if OWN_NODE.exists() else "node"
    done = subprocess.run(
        [node, str(NPM / "tsub.cjs"), str(tmp_path / "cases.json")], capture_output=True, check=True, timeout=60
    )

    verdicts = [(text, event, Condition(text).judge(event)) for text, _, event in cases]
    certain = [
        (text, verdict.met, theirs)
        for (text, _, verdict), theirs in zip(verdicts, json.loads(done.stdout), strict=True)
        if verdict.met is not None
    ]
    assert len(certain) >= 1_000
    assert 0.2 < sum(ours for _, ours, _ in certain if ours) / len(certain) < 0.8
    assert [one for one in certain if one[1] != one[2]] == []
