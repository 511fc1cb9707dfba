"""The five listings that exist today, line by line: ours says the same, or differs for a reason that is written down.

``data/seeds/<platform>.yaml`` holds what a document lists, and how each fact stands in it. Where the documents are
there, the data is held to them; ours is held to the data in any case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from segment_connector import Connector
from segment_connector.language import yaml_reader as yaml_loader
from segment_connector.platforms.markdown_page import text

DATA = Path(__file__).parents[1] / "data" / "seeds"
DOCUMENTS = Path(__file__).parents[3] / "shared" / "seeds"
SEEDS = ["aacflow", "make", "modulex", "naios", "sim"]


@cache
def seed(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml_loader.read(DATA / f"{name}.yaml")
    return found


@cache
def entry(name: str) -> Mapping[str, Any]:
    return Connector.load().catalog(name).entry()


def corrections(kind: str, name: str) -> list[Mapping[str, Any]]:
    return [one for one in yaml_loader.read(DATA / "corrections.yaml")[kind] if name in one["seeds"]]


def test_there_is_data_for_each_of_the_five():
    assert sorted(path.stem for path in DATA.glob("*.yaml") if path.stem != "corrections") == SEEDS


# The data and the documents


def document(name: str) -> str:
    path = DOCUMENTS / seed(name)["document"]
    if not path.is_file():
        pytest.skip("the documents are not on this machine")
    return path.read_text(encoding="utf-8")


def read(name: str) -> tuple[dict[str, Any], int]:
    """What a document lists, by the patterns of its data, and how many of its lines list nothing."""
    actions: dict[str, Any] = {}
    now: dict[str, Any] = {}
    section, last, others = "parameters", {}, 0
    for line in document(name).splitlines():
        found = next(((one, match) for one in seed(name)["lines"] if (match := re.search(one["line"], line))), None)
        if found is None:
            others += bool(line.strip())
            continue
        pattern, said = found[0], found[1].groupdict()
        action = pattern.get("action") or said.get("action")
        if action:
            now = actions.setdefault(action, {"parameters": {}})
            now.update({"title": said["title"]} if "title" in said else {})
            section = "parameters"
        elif "section" in pattern:
            section = pattern["section"]
        elif "values" in said:
            last["enum"] = re.findall("DAY|HOUR|MINUTE", said["values"])
        else:
            last = {}
            if "type" in said:
                last["type"] = said["type"]
            if "required" in said:
                last["required"] = said["required"] in ("Yes", "Obligatorio")
            now.setdefault(section, {})[pattern.get("parameter") or said.get("name") or said["title"]] = last
    return actions, others


@pytest.mark.parametrize("name", SEEDS)
def test_the_data_holds_every_fact_of_the_document(name):
    actions, others = read(name)
    held = {
        action: {key: value for key, value in said.items() if key in ("title", "parameters", "outputs")}
        for action, said in seed(name)["actions"].items()
    }
    assert actions == held
    assert others == seed(name)["other_lines"]


@pytest.mark.parametrize("name", SEEDS)
def test_what_is_corrected_stands_in_the_document(name):
    words = document(name)
    assert [one["says"] for one in corrections("claims", name) if one["says"] not in words] == []


def test_the_document_of_modulex_says_what_is_asked_for():
    words = document("modulex")
    auth = seed("modulex")["auth"]
    (field, said), *_ = auth["fields"].items()
    assert f"| {field} | Your Segment source {field}" in words
    assert f"| Yes | {said['format']} |" in words
    assert "Categories: " + " · ".join(seed("modulex")["categories"]) in words
    assert all(f"{name} — {one['description']}" in words for name, one in seed("modulex")["actions"].items())


# The data and our listings


def differences(name: str) -> Iterator[tuple[str, Any, Any]]:
    """Place, what they say and what we say, for each fact that is not the same."""
    theirs, ours = seed(name), entry(name)
    by = "title" if theirs.get("by_title") else "name"
    listed = {action["name"]: action for action in ours["actions"]}
    yield from _members("", theirs["actions"], listed)
    for action in theirs["actions"].keys() & listed.keys():
        said, found = theirs["actions"][action], listed[action]
        for key in ("title", "description"):
            if key in said and said[key] != found[key]:
                yield f"{action}.{key}", said[key], found[key]
        for section in ("parameters", "outputs"):
            if section in said:
                mine = {one[by if section == "parameters" else "name"]: one for one in found[section]}
                yield from _members(f"{action}.{section}.", said[section], mine)
                yield from _facts(f"{action}.{section}.", said[section], mine)
    fields = {one["title"]: one for one in ours["auth"]["fields"]}
    if "auth" in theirs:
        yield from _members("auth.fields.", theirs["auth"]["fields"], fields)
        yield from _facts("auth.fields.", theirs["auth"]["fields"], fields)
        if "title" in theirs["auth"] and theirs["auth"]["title"] != ours["auth"]["title"]:
            yield "auth.title", theirs["auth"]["title"], ours["auth"]["title"]
    if "categories" in theirs and theirs["categories"] != ours["categories"]:
        yield "categories", theirs["categories"], ours["categories"]


def _members(place: str, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    yield from ((f"{place}{name}", "listed", None) for name in theirs.keys() - ours.keys())
    yield from ((f"{place}{name}", None, "added") for name in ours.keys() - theirs.keys())


def _facts(place: str, theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    for name in theirs.keys() & ours.keys():
        for fact, value in theirs[name].items():
            if ours[name].get(fact) != value:
                yield f"{place}{name}.{fact}", value, ours[name].get(fact)


def explains(one: Mapping[str, Any], difference: tuple[str, Any, Any]) -> bool:
    place, theirs, ours = difference
    return fnmatchcase(place, one["where"]) and (one["theirs"], one["ours"]) == (theirs, ours)


@pytest.mark.parametrize("name", SEEDS)
def test_no_difference_is_unexplained(name):
    known = corrections("differences", name)
    assert [one for one in differences(name) if not any(explains(reason, one) for reason in known)] == []


@pytest.mark.parametrize("name", SEEDS)
def test_no_correction_is_there_for_nothing(name):
    found = list(differences(name))
    known = corrections("differences", name)
    assert [one["where"] for one in known if not any(explains(one, difference) for difference in found)] == []


@pytest.mark.parametrize("name", SEEDS)
def test_what_is_wrong_there_is_said_right_here(name):
    page = re.sub(r"\s+", " ", text(entry(name)))
    wrong = [one for one in corrections("claims", name) if one["ours"] not in page or one["says"] in page]
    assert wrong == []


def test_every_correction_has_its_reason():
    everything = yaml_loader.read(DATA / "corrections.yaml")
    assert all(len(one["reason"]) > 8 for kind in ("differences", "claims") for one in everything[kind])
