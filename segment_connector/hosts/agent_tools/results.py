"""What an agent reads: outputs as structured content and as text, errors as text with their code, place and cure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...errors import ConnectorError, Problem
from ...result import Delivery, Failure, PartsResult, Result
from ...values.paths import ranges
from .cutting import bounded, chosen
from .short_text import reading
from .tool_calls import CallOutcome, is_fixable
from .tool_schemas import SKIP, WARNINGS

_MOST_DETAILS = 2000  # characters
_MOST_RANGES = 20
_MOST_CUTS = 10
DATA = "service_data"
"""The tag around what comes from the service."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool gives.

    :ivar text: what the model reads.
    :ivar structured: the same as JSON values, for programs; ``None`` of an error.
    :ivar is_error: whether the call did not succeed.
    :ivar fixable: of an error, whether the model can fix it by other arguments, and nothing was sent.
    """

    text: str
    structured: dict[str, Any] | None = None
    is_error: bool = False
    fixable: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """What a client can read.

    :ivar structured: whether it knows structured content, which came with the revision 2025-06-18.
    :ivar room: bytes that the outputs of a call may have.
    """

    structured: bool
    room: int


def shaped(
    outcome: CallOutcome, reader: Reader, apart: str, *, inputs: str | None = None
) -> tuple[dict[str, Any], list[str]]:
    """The outputs of a call as the client wants and can take them, and what there is to say of that.

    :param apart: the output that holds the cursors of a list, from which nothing is chosen.
    :param inputs: the argument below which the action's own arguments stand, if they do not stand alone.
    """
    outputs, said = dict(outcome.result.outputs), []
    if outcome.fields:
        outputs, unknown = chosen(outputs, outcome.fields, apart)
        said += [f"fields: nothing here has '{name}'" for name in unknown]
    outputs, cuts = bounded(outputs, reader.room)
    name = outcome.listed
    if name is not None:
        kept, read = len(outputs.get(name, ())), outcome.read - outcome.skipped
        if kept < read or outcome.more:
            following = dict(outcome.after(kept or 1))  # an entry that does not fit at all is passed over
            if inputs is not None and (own := {key: following.pop(key) for key in list(following) if key != SKIP}):
                following[inputs] = own
            total = f" of {read:,}" if kept < read else ""
            more = ", and more follow" if outcome.more else ""
            same = f"continue with {as_text(following)} and the same other arguments"
            said.append(f"{name}: {kept:,}{total}{more}; {same}")
    others = [cut for cut in cuts if cut.place != name]
    said += [str(cut) for cut in others[:_MOST_CUTS]]
    if len(others) > _MOST_CUTS:
        said.append(f"{len(others) - _MOST_CUTS:,} more places were cut")
    if others:
        said.append("choose properties with 'fields' to see those that were cut")
    return outputs, said


def given(
    outputs: Mapping[str, Any], warnings: Sequence[str], reader: Reader, *,
    whole: Mapping[str, Any] | None = None, every: bool = False,
) -> ToolResult:  # fmt: skip
    """The result of a call that was accepted; its text is marked as data.

    :param outputs: what keeps the promise of the tool's output schema.
    :param warnings: what is doubtful about the call, and where it was cut.
    :param whole: the outputs for the text, when some of them do not keep the promise.
    :param every: whether the text tells every value, as they were chosen.
    """
    structured = with_warnings(outputs, warnings)
    if reader.structured and whole is None:
        text = "\n".join([reading(outputs, every=every), *(f"warning: {one}" for one in warnings)])
    else:
        text = as_text(structured if whole is None else with_warnings(whole, warnings))
    return ToolResult(marked(text), structured)


def ours(found: Mapping[str, Any], reader: Reader, text: str | None = None) -> ToolResult:
    """The result of a tool that reads the specs and not the service.

    :param text: a short reading, if it is not made of the values.
    """
    return ToolResult((text or reading(found)) if reader.structured else as_text(found), dict(found))


def marked(text: str) -> str:
    """Text that holds what the service said, between tags that it cannot close: whatever stands there is data."""
    inside = text.replace("<", "\\u003c")
    return f"<{DATA}>\n{inside}\n</{DATA}>"


def with_warnings(outputs: Mapping[str, Any], warnings: Sequence[str]) -> dict[str, Any]:
    """Outputs and, if there are any, the warnings beside them."""
    return {**outputs, WARNINGS: list(warnings)} if warnings and WARNINGS not in outputs else dict(outputs)


def as_text(value: Any) -> str:
    """JSON on one line: structured content for clients that know only text."""
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "))


def warnings_of(result: Result) -> list[str]:
    """The doubts about the inputs, a sentence each."""
    return [f"{one.said} ({one.hint})" for one in result.meta.warnings]


def refused(outcome: CallOutcome) -> ToolResult:
    """The result of a call that did not succeed: text only, for an output schema promises nothing of errors."""
    result = outcome.result
    assert result.error is not None
    text = "\n".join(_said(result, result.error, outcome.repeat))
    return ToolResult(text, is_error=True, fixable=outcome.fixable)


def error_of(error: ConnectorError) -> ToolResult:
    """What came before a call, as an error that the agent reads."""
    text = "\n\n".join(problem_text(problem) for problem in error.problems)
    return ToolResult(text, is_error=True, fixable=is_fixable(error))


def _said(result: Result, error: Failure, repeat: Mapping[str, str]) -> Iterator[str]:
    problems = [one for one in error.details if isinstance(one, dict)] if isinstance(error.details, list) else []
    ours = result.meta.attempts == 0 and bool(problems) and all("code" in one and "message" in one for one in problems)
    if ours:
        for one in problems:
            yield from _lines(one["code"], one.get("field"), one["message"], one.get("hint"))
            yield ""
    else:
        said, place = error.message, error.field
        if error.status is not None:  # what the service said of it, and where, stands with the data
            said, place = f"the service did not accept the call, see below (HTTP {error.status})", None
        yield from _lines(error.code, place, said, error.hint)
        if error.retryable:
            after = f" after {error.retry_after:.0f} s" if error.retry_after else ""
            yield f"retry: the same call may succeed{after or ' later'}"
    parts = _in_parts(result)
    yield f"sent: {parts or _SENT[result.meta.delivery]}"
    if repeat and (parts or result.meta.delivery == "unknown"):
        yield f"repeat: with {as_text(dict(repeat))} among the inputs it cannot count twice"
    if not ours and (data := _data(result, error)):
        yield marked("\n".join(data))


def _data(result: Result, error: Failure) -> list[str]:
    answered = error.status is not None
    said = {
        "message": error.message if answered else None,
        "place": error.field if answered else None,
        "request id": result.meta.request_id,
        "details": error.details,
    }
    return [
        f"{name}: {as_text(value)[:_MOST_DETAILS]}" for name, value in said.items() if value not in (None, {}, [], "")
    ]


_SENT = {
    "accepted": "yes, and it was accepted",
    "refused": "yes, and it was refused",
    "unknown": "perhaps: it may have arrived anyway",
    "not_sent": "no",
}
_PARTS: Mapping[Delivery, str] = {
    "accepted": "accepted",
    "refused": "refused",
    "unknown": "unknown",
    "not_sent": "not sent",
}


def _in_parts(result: Result) -> str | None:
    """What became of the entries of a list, when it was not the same for all and some may have been counted."""
    if not isinstance(result, PartsResult):
        return None
    entries = {name: places for name, places in result.entries.items() if places}
    if len(entries) < 2 or not entries.keys() & {"accepted", "unknown"}:
        return None
    said = [
        f"{len(entries[name]):,} {word} ({ranges(entries[name], _MOST_RANGES)})"
        for name, word in _PARTS.items()
        if name in entries
    ]
    count = sum(map(len, entries.values()))
    return (
        f"{'in part' if 'accepted' in entries else 'perhaps'}; of {count:,} entries, counted from 0: {', '.join(said)}"
    )


def _lines(code: str, place: str | None, message: str, cure: str | None) -> Iterator[str]:
    yield f"error: {code}"
    if place:
        yield f"place: {place}"
    yield f"problem: {message}"
    if cure:
        yield f"fix: {cure}"


def problem_text(problem: Problem) -> str:
    """One problem as the same lines."""
    return "\n".join(_lines(problem.code, problem.field, problem.message, problem.hint))
