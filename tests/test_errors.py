"""The error tree and the public names: what a host can rely on."""

from __future__ import annotations

import copy
import pickle
import re
from typing import Any

import pytest
from hypothesis import given
from strategies import texts

import segment_connector
from segment_connector import (
    CallFailed,
    ConnectionConfigError,
    ConnectorError,
    InputError,
    Problem,
    Result,
    SpecError,
    SpecVersionError,
    UnknownActionError,
    errors,
)
from segment_connector.errors import did_you_mean
from segment_connector.result import Failure, Meta


def failed_result() -> Result:
    failure = Failure("rate_limited", "answered 429", "wait", "a", 429, retryable=True)
    return Result(False, "act", {}, failure, Meta())


ERRORS = [
    ConnectorError(Problem("a", "b")),
    SpecError([Problem("a", "b", "c", "d", "e", 7), Problem("f", "g")]),
    SpecVersionError(Problem("a", "b")),
    UnknownActionError(Problem("a", "b")),
    InputError(Problem("a", "b", field="c.0")),
    ConnectionConfigError(Problem("a", "b")),
    CallFailed(failed_result()),
]


def test_the_public_names_are_these() -> None:
    assert segment_connector.__all__ == [
        "CallFailed", "ConnectionConfigError", "Connector", "ConnectorError", "InputError", "Problem", "Request",
        "Result", "SpecError", "SpecVersionError", "UnknownActionError", "__version__",
    ]  # fmt: skip
    assert dir(segment_connector) == sorted(segment_connector.__all__) == segment_connector.__all__
    for name in segment_connector.__all__:
        assert getattr(segment_connector, name) is getattr(segment_connector, name)


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'segment_connector' has no attribute 'nope'"):
        segment_connector.nope  # noqa: B018


def test_the_version_is_that_of_the_package() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", segment_connector.__version__)


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    assert errors.__doc__
    drawn = re.findall(r"^    ([│├└─ ]*)(\w+)", errors.__doc__, re.MULTILINE)
    depths = [(len(branch) // 4, name) for branch, name in drawn]

    def tree(kind: type, depth: int = 0) -> list[tuple[int, str]]:
        below = [
            line
            for child in kind.__subclasses__()
            if child.__module__ in ("segment_connector.errors", "segment_connector.result")
            for line in tree(child, depth + 1)
        ]
        return [(depth, kind.__name__), *below]

    assert sorted(depths) == sorted(tree(ConnectorError))
    assert {name for _, name in depths} <= set(segment_connector.__all__)


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_tells_code_hint_and_field_of_its_first_problem(error: ConnectorError) -> None:
    first = error.problems[0]
    assert (error.code, error.hint, error.field) == (first.code, first.hint, first.field)
    assert str(error) == "\n".join(map(str, error.problems))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_can_be_handed_from_a_worker_process(error: ConnectorError) -> None:
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert (type(other), other.problems, str(other)) == (type(error), error.problems, str(error))


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("c", "must not be empty"), "must not be empty"),
        (Problem("c", "must not be empty", "name it"), "must not be empty (name it)"),
        (Problem("c", "must not be empty", field="a.0"), "a.0: must not be empty"),
        (Problem("c", "wrong", path="a.yaml"), "a.yaml: wrong"),
        (Problem("c", "wrong", "fix", "a.b", "x/a.yaml", 14), "x/a.yaml:14: a.b: wrong (fix)"),
    ],
)
def test_a_problem_reads_as_place_rule_and_cure(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_a_problem_as_json_has_only_what_is_known() -> None:
    assert Problem("c", "m").to_dict() == {"code": "c", "message": "m"}
    assert Problem("c", "m", "h", "f", "p", 1).to_dict() == {
        "code": "c", "message": "m", "hint": "h", "field": "f", "path": "p", "line": 1,
    }  # fmt: skip


def test_only_a_failed_call_can_be_raised_as_one() -> None:
    failed = failed_result()
    with pytest.raises(CallFailed) as caught:
        failed.unwrap()
    assert caught.value.result is failed
    assert (caught.value.code, caught.value.field, str(caught.value)) == (
        "rate_limited", "a", "a: answered 429 (wait)",
    )  # fmt: skip
    fine = Result(True, "act", {"x": 1}, None, Meta())
    assert fine.unwrap() == {"x": 1}
    with pytest.raises(ValueError, match="needs a result with an error"):
        CallFailed(fine)


KNOWN = ["userId", "anonymousId", "event", "list_sources", "list_source_labels"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("user_id", "did you mean 'userId'?"),
        ("USERID", "did you mean 'userId'?"),
        ("user id", "did you mean 'userId'?"),
        ("evnt", "did you mean 'event'?"),
        ("list-sources", "did you mean 'list_sources' or 'list_source_labels'?"),
        ("anonymousIds", "did you mean 'anonymousId'?"),
        ("zzz", None),
        ("", None),
        ("_", None),
        ("x" * 10_000_000, None),
    ],
)
def test_did_you_mean(name: str, sentence: str | None) -> None:
    assert did_you_mean(name, KNOWN) == sentence


def test_did_you_mean_offers_three_at_most_and_nothing_where_nothing_is_known() -> None:
    assert did_you_mean("aa", ["aab", "aac", "aad", "aae"]) == "did you mean 'aae', 'aad' or 'aac'?"
    assert did_you_mean("a", []) is None


@given(texts)
def test_did_you_mean_only_offers_what_is_known(name: Any) -> None:
    sentence = did_you_mean(name, KNOWN)
    assert sentence is None or set(re.findall(r"'(\w+)'", sentence)) <= set(KNOWN)
