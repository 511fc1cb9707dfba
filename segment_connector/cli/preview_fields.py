"""Which part of a request comes from which template, and what value it has: field <- template <- value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ..call.compiled_action import REQUEST_NAMES, CompiledAction
from ..call.request import Request
from ..templates.compiler import Compiler, left_out
from ..templates.grammar import parse


@dataclass(frozen=True, slots=True)
class RequestField:
    """One string of the spec that makes a part of the request.

    :ivar place: the part: ``method``, ``path``, ``query.count``, ``headers.Accept``, ``body.event``.
    :ivar template: the string.
    :ivar value: what it gave; nothing when ``given`` is false, because what it names was left out.
    :ivar origin: ``default`` or ``generated`` when the caller did not give it, else empty.
    """

    place: str
    template: str
    value: Any
    given: bool = True
    origin: str = ""


def request_fields(
    compiled: CompiledAction, request: Request, inputs: Mapping[str, Any], connection: Mapping[str, Any], now: str
) -> list[RequestField]:
    """The templates of an action with the values they have in a request.

    :param inputs: what the caller gave.
    :param connection: the members of the connection that templates can see.
    :param now: the instant that the request was planned for, RFC 3339.
    """
    return list(_Fields(compiled, request, inputs, connection, now))


class _Fields:
    def __init__(
        self,
        compiled: CompiledAction,
        request: Request,
        inputs: Mapping[str, Any],
        connection: Mapping[str, Any],
        now: str,
    ) -> None:
        self._action = compiled.action
        self._compiler = Compiler(REQUEST_NAMES, compiled.optional, compiled.action.path)
        self._inputs = inputs
        self._names = {"input": request.inputs, "connection": connection, "now": now}

    def __iter__(self) -> Iterator[RequestField]:
        action, endpoint = self._action, self._action.endpoint
        for place, text in (("api", action.api), ("method", endpoint.method)):
            if "{{" in text:
                yield self._field(place, text)
        if "{{" in endpoint.path:
            yield self._field("path", endpoint.path)
        for place, tree in (("query", endpoint.query), ("headers", endpoint.headers), ("body", action.body)):
            if tree is not None:
                yield from self._walk(place, tree)

    def _walk(self, place: str, tree: Any) -> Iterator[RequestField]:
        if isinstance(tree, Mapping) and tree:
            for name, below in tree.items():
                yield from self._walk(f"{place}.{name}", below)
        elif isinstance(tree, (list, tuple)) and tree:
            for index, below in enumerate(tree):
                yield from self._walk(f"{place}.{index}", below)
        elif isinstance(tree, str):
            yield self._field(place, tree)
        else:
            yield RequestField(place, "", tree)

    def _field(self, place: str, text: str) -> RequestField:
        compiler = self._compiler
        expression = compiler.path(text, place) if place == "path" else compiler.value(text, place)
        value = compiler.template(expression, place).evaluate(self._names)
        if left_out(value):
            return RequestField(place, text, None, given=False)
        leaf = parse(text, frozenset(REQUEST_NAMES), self._action.path, place)
        named = {path[1] for path in leaf.paths() if path[0] == "input" and len(path) > 1}
        absent = [self._action.parameters[name] for name in sorted(named) if name not in self._inputs]
        origins = [origin for schema in absent for origin in ("generate", "default") if origin in schema]
        return RequestField(
            place, text, value, origin={"generate": "generated"}.get(origins[0], origins[0]) if origins else ""
        )
