"""What was found in events, in the forms that tools of continuous integration read."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from .event_check import EventCheck, FaultGroup, Occurrence

_MOST_RESULTS = 5_000  # GitHub shows no more of a file
_SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(check: EventCheck, source: str, program: str, version: str) -> dict[str, Any]:
    """The faults as SARIF 2.1.0, one result for each place up to 5,000.

    :param source: the file of the events; :param program: the name of the tool, with its ``version``.
    """
    kinds = list(dict.fromkeys(group.kind for group in check.groups))
    places = ((group, one) for group in check.groups for one in group.first)
    results = [_result(group, one, source) for group, one in islice(places, _MOST_RESULTS)]
    rules = [{"id": kind, "shortDescription": {"text": kind.replace("_", " ")}} for kind in kinds]
    driver = {"name": program, "version": version, "rules": rules}
    return {"$schema": _SARIF, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def junit(check: EventCheck, source: str) -> str:
    """The faults as JUnit's XML: a test for each event's name, a failure for each way in which some of them are wrong.

    Doubts are written as the output of the test.
    """
    by_name: dict[str, list[FaultGroup]] = {name: [] for name in check.names}
    for group in check.groups:
        by_name.setdefault(group.event or "records that make no event", []).append(group)
    failed = sum(any(one.severity == "error" for one in groups) for groups in by_name.values())
    root = ElementTree.Element("testsuites", tests=str(len(by_name)), failures=str(failed))
    suite = ElementTree.SubElement(
        root, "testsuite", name=_text(source), tests=str(len(by_name)), failures=str(failed), errors="0"
    )
    for name, groups in by_name.items():
        case = ElementTree.SubElement(suite, "testcase", classname="tracking-plan", name=_text(name))
        for group in groups:
            if group.severity == "error":
                told = ElementTree.SubElement(case, "failure", type=group.kind, message=_text(headline(group)))
                told.text = _text("\n".join(_lines(group, source)))
        doubts = [headline(group) for group in groups if group.severity == "warning"]
        if doubts:
            ElementTree.SubElement(case, "system-out").text = _text("\n".join(doubts))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def headline(group: FaultGroup) -> str:
    """A group of faults in one sentence."""
    place = f"{group.place}: " if group.place else ""
    first = group.first[0]
    where = f"line {first.line:,}" if first.line is not None else f"record {first.number:,}"
    times = f"{group.count:,} times, first in {where}" if group.count > 1 else where
    return f"{place}{first.message} ({times})"


def _lines(group: FaultGroup, source: str) -> Iterator[str]:
    if group.cure:
        yield f"fix: {group.cure}"
    if group.rule:
        yield f"rule: {group.rule}"
    for one in group.first[:20]:
        yield ": ".join(part for part in (f"{source}:{one.line or one.number}", one.place, one.message) if part)


def _result(group: FaultGroup, one: Occurrence, source: str) -> dict[str, Any]:
    event = f"{group.event}: " if group.event else ""
    place = f"{one.place}: " if one.place else ""
    cure = f". {group.cure}" if group.cure else ""
    location = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(source.removeprefix("./"))},
            "region": {"startLine": one.line or one.number},
        }
    }
    return {
        "ruleId": group.kind, "level": group.severity, "message": {"text": f"{event}{place}{one.message}{cure}"},
        "locations": [location], "partialFingerprints": {"fault": f"{group.event}/{group.kind}/{group.place}"},
    }  # fmt: skip


def _text(text: str) -> str:
    """A text that XML can hold: control characters are written as escapes."""
    return "".join(
        char
        if char in "\n\t" or char.isprintable() or char == " "
        else char.encode("unicode_escape", "surrogatepass").decode()
        for char in text
    )
