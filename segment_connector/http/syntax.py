"""The parts of a request that are text on the wire: query, headers, and the last look at a path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from ..errors import InputError, Problem

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_UNSAFE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# Who the request is from, and where it begins and ends, is not the caller's to say.
_RESERVED = frozenset(
    (
        "authorization",
        "proxy-authorization",
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "upgrade",
        "te",
    )
)


def query_string(query: Any) -> str:
    """A JSON object as a query in dotted form: ``pagination.count=10``, ``groupBy.0=name``; null is left out.

    :param query: mapping of names to scalars, objects and lists, to any depth.
    :raises InputError: when it is no mapping.
    """
    if not isinstance(query, Mapping):
        raise InputError(
            Problem("query", "must be an object of names and values", "write {name: value}", field="query")
        )
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in _leaves("", query))


def _leaves(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(f"{prefix}.{name}" if prefix else str(name), item)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _leaves(f"{prefix}.{index}", item)
    elif value is not None:
        yield prefix, _scalar(value)


def _scalar(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(text: str) -> str:
    return quote(text, safe="")


def checked_headers(headers: Any) -> dict[str, str]:
    """The headers that a template gave, fit to be sent; numbers and booleans become text.

    :raises InputError: for a name or value that cannot be a header, or a header that is the connector's to set.
    """
    if not isinstance(headers, Mapping):
        raise InputError(
            Problem("header", "must be an object of names and texts", "write {Name: value}", field="headers")
        )
    texts: dict[str, str] = {}
    names: set[str] = set()
    for name, value in headers.items():
        place = f"headers.{name[:80]}"
        if not _TOKEN.match(name):
            raise InputError(Problem("header", "is no name of a header", "use letters, digits and '-'", field=place))
        if name.casefold() in _RESERVED:
            raise InputError(
                Problem(
                    "header", "is set by the connector", "remove it; credentials come from the connection", field=place
                )
            )
        if name.casefold() in names:
            raise InputError(Problem("header", "is given twice", "keep one; capitals make no difference", field=place))
        if value is None or isinstance(value, (dict, list)):
            raise InputError(Problem("header", "must be text", "give a text, or leave the header out", field=place))
        text = value if isinstance(value, str) else _scalar(value)
        if _UNSAFE.search(text) or not _latin(text):
            raise InputError(
                Problem("header", "holds a line break or a character that no header may have", "remove it", field=place)
            )
        names.add(name.casefold())
        texts[name] = text
    return texts


def _latin(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=256)
def checked_path(path: str, place: str) -> str:
    """A rendered path, refused when a part of it would lead elsewhere: empty, ``.`` or ``..``.

    HTTP clients and servers resolve dot segments, encoded or not, so such an id would aim a signed request at
    another address.

    :raises InputError: naming the parameter.
    """
    if path == "/":
        return path
    parts = path.removeprefix("/").split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise InputError(
            Problem(
                "path", f"leads to another address: '{path[:80]}'", "an id is never empty, '.' or '..'", field=place
            )
        )
    return "/" + "/".join(parts)
