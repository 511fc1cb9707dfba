"""The page of errors: what can go wrong, where it is said, and the cure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .. import errors, result
from ..call.outcome import NETWORK, UNNAMED
from ..language.action_records import ErrorCase
from ..markup import markdown as md
from .book import ERRORS, Book

# What a refusal of an input is called by its code; the rest are keywords of JSON Schema.
_INPUT_CODES = {
    "required": "a value that must be given is missing",
    "unknown": "there is no such parameter; the hint names the nearest ones",
    "type": "text where a number is expected, and the like",
    "enum": "not one of the allowed values",
    "format": "not a date, an address or another format that the parameter requires",
    "pattern": "characters that the parameter does not allow",
    "minLength, maxLength, minItems, maxItems, minimum, maximum": "too little, too much, too small or too large",
    "rule": "two parameters that do not go together, or one of several that must be there",
    "too_large": "more bytes than the service accepts",
    "path, query, header": "a value that is not allowed in an address or a header",
}


def errors_text(book: Book) -> str:
    """Every error code by the place that it comes from, with its cure."""
    return md.page("connector.yaml and actions/", _parts(book))


def _parts(book: Book) -> Iterator[str]:
    yield "# Errors"
    yield (
        "An error has a `code` for programs, a `message` that says what happened, a `hint` that says what to do, and "
        "where one parameter is at fault its name as `field`. None of them holds a secret."
    )
    yield "## Before anything is sent"
    yield (
        "What the caller did wrong is raised by `Connector.run` (or returned, with `raise_errors=False`), and ends the "
        "command line with exit code 2. Its `problems` name everything that is wrong at once."
    )
    yield md.table(("Exception", "Meaning"), _exceptions(errors.ConnectorError))
    yield "Codes of refused inputs:"
    yield md.table(("Code", "Meaning"), ((md.codes(names.split(", ")), said) for names, said in _INPUT_CODES.items()))
    yield "## Answers of the service"
    yield (
        "What the service or the network did is never raised: it is a `Result` with `ok` false and an `error`, whose "
        "`retryable` tells whether the same call can succeed later, and exit code 1 of the command line."
    )
    for api in book.spec.apis.values():
        if api.errors:
            yield f"### {md.text(api.title)}"
            yield md.table(("Status", "Code", "Cure"), _cases(book, api.errors))
    own = [
        (book.mention(action.name, ERRORS), shown(status), md.code(case.code), book.prose(case.hint, ERRORS))
        for action in book.actions.values()
        for status, case in action.errors.items()
    ]
    if own:
        yield "### Actions with their own advice"
        yield md.table(("Action", "Status", "Code", "Cure"), own)
    yield "### Anything else"
    yield "Statuses that no table names:"
    yield md.table(
        ("Status", "Code", "Cure"),
        ((shown(status), md.code(case.code), md.sentence(md.text(case.hint))) for status, case in UNNAMED.items()),
    )
    yield "## The network"
    yield md.table(
        ("Code", "What happened", "Cure"),
        (
            (md.code(code), md.sentence(md.text(_ways(message))), md.sentence(md.text(hint)))
            for code, message, hint in NETWORK.values()
        ),
    )
    yield (
        "`meta.delivery` says what is known of a call that failed: `not_sent` and `refused` are certain, `unknown` "
        "means that the service may have taken it and only the answer was lost."
    )


def shown(status: str) -> str:
    """A status as tables have it: ``429``, ``other 5xx``."""
    return f"other {status[8:]}" if status.startswith("default_") else status


def in_order(cases: Mapping[str, ErrorCase]) -> list[tuple[str, ErrorCase]]:
    """Cases by status, those for all the others last."""
    return sorted(cases.items(), key=lambda case: (not case[0].isdigit(), case[0]))


def _cases(book: Book, cases: Mapping[str, ErrorCase]) -> Iterator[tuple[str, str, str]]:
    for status, case in in_order(cases):
        yield shown(status), md.code(case.code), book.prose(case.hint, ERRORS)


def _exceptions(kind: type[errors.ConnectorError]) -> Iterator[tuple[str, str]]:
    # Hosts have kinds of their own, which a program without them never meets.
    for below in (one for one in kind.__subclasses__() if one.__module__ in (errors.__name__, result.__name__)):
        said = (below.__doc__ or "").split("\n\n", maxsplit=1)[0]
        yield md.code(below.__name__), md.text(said.replace("``", ""))
        yield from _exceptions(below)


def _ways(message: str) -> str:
    return message.replace("{host}", "the server").replace(": {reason}", "")
