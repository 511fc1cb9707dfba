"""The strict YAML loader: what an author types is what arrives. A new case is a new file in ``data/yaml``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from lab import DATA

from segment_connector import SpecError
from segment_connector.language import yaml_reader as yaml_loader

VALID = sorted((DATA / "yaml" / "valid").glob("*.yaml"))
INVALID = sorted((DATA / "yaml" / "invalid").glob("*.yaml"))
SCALARS = DATA / "yaml" / "valid" / "scalars.yaml"


def name(path: Path) -> str:
    return path.stem


@pytest.fixture(params=["C", "Python"], autouse=True)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test runs with libyaml and with the parser that PyYAML has without it."""
    monkeypatch.setattr(yaml_loader, "_Loader", {"C": yaml.CSafeLoader, "Python": yaml.SafeLoader}[request.param])


@pytest.fixture
def file(tmp_path: Path) -> Any:
    """Writes bytes or text to a file and gives its path."""

    def write(content: str | bytes) -> Path:
        path = tmp_path / "spec.yaml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def refusal(path: Path) -> Any:
    with pytest.raises(SpecError) as caught:
        yaml_loader.read(path)
    (problem,) = caught.value.problems
    assert problem.path == str(path)
    assert problem.hint
    return problem


def test_a_plain_scalar_is_a_number_only_where_it_prints_as_it_was_typed() -> None:
    pairs = yaml_loader.read(SCALARS)
    meant = [json.loads(pair[1]) for pair in pairs]
    assert [(type(pair[0]), pair[0]) for pair in pairs] == [(type(value), value) for value in meant]


@pytest.mark.parametrize("path", [path for path in VALID if path != SCALARS], ids=name)
def test_a_valid_file_has_the_value_in_its_first_line(path: Path) -> None:
    first, _, _ = path.read_text(encoding="utf-8").partition("\n")
    assert yaml_loader.read(path) == json.loads(first.removeprefix("# = "))


@pytest.mark.parametrize("path", INVALID, ids=name)
def test_an_invalid_file_is_refused_with_the_line_and_message_in_its_first_line(path: Path) -> None:
    first, _, _ = path.read_text(encoding="utf-8").partition("\n")
    line, _, message = first.removeprefix("# ").partition(": ")
    problem = refusal(path)
    assert (str(problem.line), problem.message[: len(message)]) == (line, message)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("", None),
        ("\n \n", None),
        ("# only a comment\n", None),
        ("just text", "just text"),
        ("\ufeffa: 1\n", {"a": 1}),
        ("a: 1\r\nb:\r\n  - NO\r\n", {"a": 1, "b": ["NO"]}),
        ("a: |\r\n  one\r\n  two\r\n", {"a": "one\ntwo\n"}),
        ("a: 1\rb: 2", {"a": 1, "b": 2}),
        ("a: " + "9" * 5000, {"a": "9" * 5000}),
        ("a: 0." + "1" * 5000, {"a": "0." + "1" * 5000}),
    ],
)
def test_unusual_files_are_read(file: Any, content: str, value: Any) -> None:
    assert yaml_loader.read(file(content)) == value


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        (b"a: 1\nb: \xff\n", "encoding", 2),
        ("a: 1\nb: zażółć\n".encode("cp1250"), "encoding", 2),
        ("a: 1\n".encode("utf-16"), "encoding", 1),
        (b"a: " + b"x" * 1_000_001, "too_large", None),
        (b"[" * 100_000, "nesting", 1),
        (b"{a: " * 100_000, "nesting", 1),
        (b"- " * 100_000, "nesting", 1),
        (b"a:\n" + b"".join(b" " * depth + b"a:\n" for depth in range(1, 70)), "nesting", 61),
    ],
)
def test_what_cannot_be_a_spec_is_refused(file: Any, content: bytes, code: str, line: int | None) -> None:
    problem = refusal(file(content))
    assert (problem.code, problem.line) == (code, line)


@pytest.mark.parametrize("opened", ["[", "{a: ", "- "])
@pytest.mark.parametrize("depth", [61, 1_000, 1_001, 100_000])
def test_nesting_is_told_in_the_same_words_whoever_finds_it(file: Any, opened: str, depth: int) -> None:
    problem = refusal(file("a: 1\nb:\n  " + opened * depth))
    assert (problem.code, problem.line) == ("nesting", 3)
    assert problem.message == "nested more than 60 levels deep"


def test_sixty_levels_are_read(file: Any) -> None:
    value = yaml_loader.read(file("[" * 60 + "]" * 60))
    for _ in range(59):
        (value,) = value
    assert value == []


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    problem = refusal(tmp_path / "nowhere.yaml")
    assert (problem.code, problem.message) == ("unreadable", "the file cannot be read: No such file or directory")
    assert refusal(tmp_path).message == "the file cannot be read: Is a directory"


def test_text_made_in_python_may_hold_half_a_surrogate_pair_and_is_refused() -> None:
    with pytest.raises(SpecError, match=r"^made\.yaml"):
        yaml_loader.parse("a: 1\nb: \ud800", "made.yaml")


HEAD = """# yaml-language-server: $schema=x
name: act   # a comment
"title": 'Act: now'

# a comment between
summary: >-
  One
  two.
idempotent: true
count: 7
empty:
parameters:
  a: {type: string}
name: twice
"""


def test_the_head_is_every_scalar_before_the_first_nested_value(file: Any) -> None:
    assert yaml_loader.read_head(file(HEAD)) == {
        "name": "act", "title": "Act: now", "summary": "One two.", "idempotent": True, "count": 7, "empty": None,
    }  # fmt: skip


def test_a_list_of_scalars_that_is_named_belongs_to_the_head(file: Any) -> None:
    content = "name: act\nwords: [b, 1, 'two: 3']\ntitle: Act\nothers: [c]\ndocs: late\n"
    head = {"name": "act", "words": ["b", 1, "two: 3"], "title": "Act"}
    assert yaml_loader.read_head(file(content), {"words"}) == head
    assert yaml_loader.read_head(file("a: []\nb: 1"), {"a"}) == {"a": [], "b": 1}
    assert yaml_loader.read_head(file("a: [b, [c]]\nb: 1"), {"a"}) == {}


@pytest.mark.parametrize("nested", ["a: [", "a: {b: [", "a:\n  - b\n c", "a: &x [*y", "a: {x: 1, x: 2}", "a: [!t "])
def test_the_head_is_read_whatever_comes_after_it(file: Any, nested: str) -> None:
    assert yaml_loader.read_head(file("name: act\n" + nested)) == {"name": "act"}


@pytest.mark.parametrize(
    ("content", "head"),
    [
        ("", {}),
        ("# nothing\n", {}),
        ("text", {}),
        ("- name: act", {}),
        ("a: [1]", {}),
        ("\ufeffname: act\r\ntitle: x\r\n", {"name": "act", "title": "x"}),
        ("---\nname: act\n", {"name": "act"}),
    ],
)
def test_the_head_of_unusual_files(file: Any, content: str, head: Any) -> None:
    assert yaml_loader.read_head(file(content)) == head


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        ("name: a\nname: b\n", "duplicate_key", 2),
        ("name: a\ntitle: !t b\n", "tag", 2),
        ("name: a\ntitle: &t b\n", "alias", 2),
        ("name: a\n<<: b\n", "merge", 2),
        ("name: 'a\n", "yaml", None),
    ],
)
def test_a_mistake_in_the_head_is_refused(file: Any, content: str, code: str, line: int | None) -> None:
    with pytest.raises(SpecError) as caught:
        yaml_loader.read_head(file(content))
    assert caught.value.code == code
    if line is not None:
        assert caught.value.problems[0].line == line


LINES = """# comment
name: act
parameters:

  event:
    type: string
    examples: [a,
               b]
  userId: {type: string,
           title: User}
rules:
  - field: a
    message: |
      one
      two
  -
    field: b
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ((), 1),
        (("name",), 2),
        (("parameters",), 3),
        (("parameters", "event"), 5),
        (("parameters", "event", "type"), 6),
        (("parameters", "event", "examples", 0), 7),
        (("parameters", "event", "examples", 1), 8),
        (("parameters", "userId", "title"), 10),
        (("rules", 0), 12),
        (("rules", 0, "message"), 13),
        (("rules", 1, "field"), 17),
        (("parameters", "event", "nowhere", 3), 5),
        (("rules", 7), 11),
        (("nowhere",), 1),
    ],
)
def test_the_line_of_a_place_is_that_of_its_key_or_entry_or_nearest_ancestor(file: Any, place: Any, line: int) -> None:
    assert yaml_loader.line_of(file(LINES), place) == line


def test_the_line_of_a_place_is_found_in_a_file_that_breaks_off(file: Any) -> None:
    assert yaml_loader.line_of(file("a: 1\nb:\n  c: 2\nd: ["), ("b", "c")) == 3
    assert yaml_loader.line_of(file(b"\xff"), ("b", "c")) == 1
