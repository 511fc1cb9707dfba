"""Which action answers a request: the endpoints of an API, held against a method and a path."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import unquote

from ..language.action_records import Endpoint

Shape = tuple[str | None, ...]
"""A path part by part; ``None`` stands for a part that differs from call to call."""

_EXPRESSION = re.compile(r"\{\{\s*([\w.]+)[^}]*\}\}")


class _PathPart(NamedTuple):
    """A part of a path with expressions in it, and what they name: ``input.id``."""

    pattern: re.Pattern[str]
    names: tuple[str, ...]

    def values(self, raw: str) -> dict[str, str] | None:
        # A client may have encoded the text between two values too.
        match = self.pattern.fullmatch(raw) or self.pattern.fullmatch(unquote(raw))
        return dict(zip(self.names, map(unquote, match.groups()), strict=True)) if match else None


@dataclass(frozen=True, slots=True)
class Route:
    """Where an action is.

    :ivar action: its name.
    :ivar shape: its path.
    """

    action: str
    method: str
    parts: tuple[str | _PathPart, ...]
    shape: Shape

    @property
    def fields(self) -> tuple[str | None, ...]:
        """The parameter that each part of the path is, where it is just one."""
        return tuple(
            None if isinstance(part, str) or len(part.names) > 1 else part.names[0].removeprefix("input.")
            for part in self.parts
        )

    def values(self, raw: list[str]) -> dict[str, str] | None:
        """What the expressions of the path stand for in a request's path; ``None`` when it leads elsewhere."""
        found: dict[str, str] = {}
        for part, text in zip(self.parts, raw, strict=True):
            if isinstance(part, str):
                if part != unquote(text):
                    return None
            elif (values := part.values(text)) is None:
                return None
            else:
                found.update(values)
        return found


@dataclass(frozen=True, slots=True)
class Found:
    """The route of a request.

    :ivar segments: the parts of the path, decoded.
    :ivar values: what the path's expressions stand for, by what they name.
    """

    route: Route
    segments: tuple[str, ...]
    values: Mapping[str, str]

    def named(self, what: str) -> dict[str, str]:
        """The values of what is named after a word: with ``input``, those of the parameters."""
        return {
            name.removeprefix(what + "."): text for name, text in self.values.items() if name.startswith(what + ".")
        }


class Router:
    """The routes of an API.

    :param endpoints: the endpoint of each action; those whose method is a template are never found.
    :param synonyms: first parts of paths that mean another one: what is asked there is found there.
    """

    def __init__(self, endpoints: Iterable[tuple[str, Endpoint]], synonyms: Mapping[str, str]) -> None:
        self._synonyms = synonyms
        self._by_length: dict[int, list[Route]] = {}
        self.routes: dict[tuple[str, Shape], Route] = {}
        for name, endpoint in endpoints:
            route = self._route(name, endpoint)
            self._by_length.setdefault(len(route.parts), []).append(route)
            self.routes.setdefault((route.method, route.shape), route)
        for routes in self._by_length.values():  # a fixed text goes before a value that could be the same
            routes.sort(key=lambda route: [not isinstance(part, str) for part in route.parts])

    def find(self, method: str, path: str) -> Found | None:
        """The route of a request; ``None`` when none leads there."""
        for route, values, raw in self._matches(path):
            if route.method == method:
                segments = tuple(unquote(text) for text in raw)
                return Found(route, tuple(map(self._first, segments[:1])) + segments[1:], values)
        return None

    def methods(self, path: str) -> list[str]:
        """The methods that a path answers to."""
        return sorted({route.method for route, _, _ in self._matches(path)})

    def has(self, shape: Shape, *methods: str) -> bool:
        """Whether one of some methods leads to a path."""
        return any((method, shape) in self.routes for method in methods)

    def _matches(self, path: str) -> Iterator[tuple[Route, dict[str, str], list[str]]]:
        raw = _split(path)
        for route in self._by_length.get(len(raw), ()):
            values = route.values(raw)
            if values is not None:
                yield route, values, raw

    def _route(self, name: str, endpoint: Endpoint) -> Route:
        parts: list[str | _PathPart] = []
        for text in _split(endpoint.path):
            found = _EXPRESSION.findall(text)
            if found:
                # Of two values in one part the first ends at the first text that could end it.
                pieces = [re.escape(piece) for piece in _EXPRESSION.sub("\0", text).split("\0")]
                parts.append(_PathPart(re.compile("(.+?)".join(pieces)), tuple(found)))
            else:
                parts.append(unquote(text))
        shape = [part if isinstance(part, str) else None for part in parts]
        first = [part if part is None else self._first(part) for part in shape[:1]]
        return Route(name, endpoint.method.upper(), tuple(parts), (*first, *shape[1:]))

    def _first(self, text: str) -> str:
        return self._synonyms.get(text, text)


def _split(path: str) -> list[str]:
    return path.removeprefix("/").split("/") if path != "/" else []
