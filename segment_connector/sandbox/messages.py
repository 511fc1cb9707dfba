"""What goes between the HTTP server and what answers: one request, one reply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError, Problem
from ..http.auth.scheme import Headers
from ..values.json_values import copy_json, decode, encode


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request that was read whole.

    :ivar path: its path as it came, without the query; ``rest`` is what of it is below the API's mount.
    :ivar query: what follows the question mark.
    :ivar content: the body, unpacked.
    """

    method: str
    path: str
    query: str
    headers: Headers
    content: bytes = field(repr=False)
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: status, body and the headers that are not the server's own."""

    status: int
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


JSON = "application/json"


def json_reply(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Reply:
    """A reply whose body is a JSON value."""
    return Reply(status, encode(value), {"Content-Type": JSON, **(headers or {})})


def text_reply(status: int, text: str) -> Reply:
    """A reply in plain text."""
    return Reply(status, text.encode(), {"Content-Type": "text/plain; charset=utf-8"})


def problem_reply(status: int, problem: Problem) -> Reply:
    """A reply of the sandbox itself, not of an API that it simulates: what is wrong, and the cure."""
    return json_reply(status, {"error": problem.to_dict()})


def read_object(content: bytes) -> dict[str, Any]:
    """The JSON object of a body.

    :raises InputError: when it is none, or is nested too deep.
    """
    try:
        body = decode(content)
    except ValueError:
        raise InputError.of("json", "the body is not valid JSON", "send a JSON object as UTF-8") from None
    copy_json(body)  # the copy is thrown away: this refuses what is nested too deep to be judged
    if not isinstance(body, dict):
        raise InputError.of("json", "the body is not a JSON object", "send a JSON object as UTF-8")
    return body
