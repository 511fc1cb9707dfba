"""The parts of a request that are text on the wire: query, body, headers, and the last look at a path."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote_plus

from ..errors import InputError
from ..language.action_records import Endpoint
from ..language.connector_records import Api
from ..values.json_values import encode

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


JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Writing:
    """How the values of a request become text; the words are OpenAPI's, but for ``dotted``.

    :ivar style: ``dotted`` counts the entries of a list (``a.0=x&a.1=y``); ``form`` writes them under one name, each by
        itself (``a=x&a=y``) or, without ``explode``, with commas between them (``a=x,y``).
    :ivar content: media type of the body: JSON, or a form that is written as a query is.
    """

    style: str = "dotted"
    explode: bool = True
    content: str = JSON

    def query(self, query: Any) -> str:
        """A JSON object as a query; members of objects are dotted (``pagination.count=10``), null is left out.

        :param query: mapping of names to scalars, objects and lists, to any depth.
        :raises InputError: when it is not a mapping, or has a list that the style has no form for.
        """
        return self._pairs(query, "query")

    def body(self, body: Any) -> bytes:
        """A JSON value as the content of a request.

        :raises InputError: for a form that cannot be written.
        """
        return encode(body) if self.content == JSON else self._pairs(body, "body").encode()

    def _pairs(self, tree: Any, place: str) -> str:
        if not isinstance(tree, Mapping):
            raise InputError.of(place, "must be an object of names and values", "write {name: value}", field=place)
        pairs = _leaves("", tree) if self.style == "dotted" else self._form_pairs("", tree)
        return "&".join(f"{_quoted(name)}={text}" for name, text in pairs)

    def _form_pairs(self, prefix: str, value: Any) -> Iterator[tuple[str, str]]:
        if isinstance(value, Mapping):
            for name, item in value.items():
                yield from self._form_pairs(f"{prefix}.{name}" if prefix else str(name), item)
        elif isinstance(value, (list, tuple)):
            if any(isinstance(item, (Mapping, list, tuple)) for item in value):
                hint = "give texts, numbers, true or false"
                raise InputError.of("query", "is a list of more than plain values", hint, field=prefix[:80])
            texts = [_quoted(_scalar(item)) for item in value if item is not None]
            if self.explode:
                yield from ((prefix, text) for text in texts)
            elif texts:
                yield prefix, ",".join(texts)
        elif value is not None:
            yield prefix, _quoted(_scalar(value))


def writing_of(endpoint: Endpoint, api: Api) -> Writing:
    """How an action's requests are written: as its endpoint says, else as its API does."""
    explode = api.explode if endpoint.explode is None else endpoint.explode
    return Writing(endpoint.style or api.style, explode, endpoint.content or api.content)


def with_query(url: str, more: Mapping[str, str]) -> str:
    """A URL with further parameters in its query, in place of those that have the same names."""
    if not more:
        return url
    head, _, query = url.partition("?")
    others = [pair for pair in query.split("&") if pair and unquote_plus(pair.partition("=")[0]) not in more]
    # The mask of a secret is read more easily as it is, and a '*' may stand in a query.
    added = [f"{_quoted(name)}={quote(value, safe='*')}" for name, value in more.items()]
    return f"{head}?{'&'.join(others + added)}"


def _leaves(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _leaves(f"{prefix}.{name}" if prefix else str(name), item)
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _leaves(f"{prefix}.{index}", item)
    elif value is not None:
        yield prefix, _quoted(_scalar(value))


def _scalar(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(text: str) -> str:
    return quote(text, safe="")


def checked_headers(headers: Any) -> dict[str, str]:
    """The headers that a template gave, fit to be sent; numbers and booleans become text.

    :raises InputError: for a name or value that cannot be a header, or a header that is the connector's to set.
    """
    if not isinstance(headers, Mapping):
        raise InputError.of("header", "must be an object of names and texts", "write {Name: value}", field="headers")
    texts: dict[str, str] = {}
    names: set[str] = set()
    for name, value in headers.items():
        place = f"headers.{name[:80]}"
        if not _TOKEN.match(name):
            raise InputError.of("header", "is not a header name", "use letters, digits and '-'", field=place)
        if name.casefold() in _RESERVED:
            raise InputError.of(
                "header", "is set by the connector", "remove it; credentials come from the connection", field=place
            )
        if name.casefold() in names:
            raise InputError.of("header", "is given twice", "keep one; case makes no difference", field=place)
        if value is None or isinstance(value, (dict, list)):
            raise InputError.of("header", "must be text", "give a text, or leave the header out", field=place)
        text = value if isinstance(value, str) else _scalar(value)
        if _UNSAFE.search(text) or not _latin(text):
            raise InputError.of(
                "header", "holds a line break or a character that no header may have", "remove it", field=place
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
        raise InputError.of(
            "path", f"leads to another address: '{path[:80]}'", "an id is never empty, '.' or '..'", field=place
        )
    return "/" + "/".join(parts)
