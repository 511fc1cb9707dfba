"""What a template may say: the closed list of names, operators, filters and tests, and who checks it.

Expressions only: no statements, no calls, no loops, no ``*`` or ``**`` (a short spec could ask for a gigabyte), and no
attribute of a Python object, since ``a.b`` means the member ``b`` of the JSON object ``a`` and nothing else.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeGuard
from urllib.parse import quote, unquote

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

from ..errors import InputError, SpecError, known_names
from ..values.json_values import encode
from .brackets import BracketError
from .conversions import FILTERS, check_brackets, use_of
from .lookups import LOOKUPS
from .objects import each, spread
from .texts import Missing

_ALLOWED_NODES = (
    nodes.Add, nodes.And, nodes.Compare, nodes.Concat, nodes.CondExpr, nodes.Const, nodes.Dict, nodes.Filter,
    nodes.Getattr, nodes.Getitem, nodes.List, nodes.Name, nodes.Neg, nodes.Not, nodes.Operand, nodes.Or, nodes.Pair,
    nodes.Sub, nodes.TemplateData, nodes.Test,
)  # fmt: skip
_TESTS = frozenset(
    (
        "boolean", "defined", "eq", "equalto", "false", "ge", "gt", "in", "integer", "le", "lower", "lt", "mapping",
        "ne", "none", "number", "sequence", "string", "true", "undefined", "upper",
    )
)  # fmt: skip
_MAX_DEPTH = 50
# Most templates are one member. Jinja's parser makes the same of it, in twenty times the time.
_MEMBER = re.compile(r"\{\{ ([a-z]+)((?:\.[A-Za-z][A-Za-z0-9_]*){0,9}) \}\}")
# Jinja's own that are safe, bounded and make sense in one expression.
_BUILTIN_FILTERS = ("abs", "default", "first", "last", "length", "round")


def _given(value: dict[str, Any], root: bool = False) -> Any:
    kept = {key: item for key, item in value.items() if not isinstance(item, jinja2.Undefined)}
    return kept if kept or root else Missing(name="every property")


def _present(value: list[Any]) -> list[Any]:
    return [item for item in value if not isinstance(item, jinja2.Undefined)]


def _text_of(value: Any, place: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    raise InputError.of(
        "text", "must be text, a number or true/false here", "null, lists and objects have no text", field=place
    )


def _joined(parts: list[Any], place: str) -> str:
    return "".join(_text_of(part, place) for part in parts)


def _segment(value: Any, place: str) -> str:
    text = _text_of(value, place)
    if not text.strip():
        raise InputError.of("path", "must not be empty: it is a part of the address", "give the id", field=place)
    if text in (".", ".."):
        raise InputError.of(
            "path", f"must not be '{text}': it leads to another address", "give the id itself", field=place
        )
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise InputError.of("path", "holds a control character, which no id has", "copy the id again", field=place)
    return quote(text, safe="")


def _segments(value: Any, place: str = "") -> str:
    """Each part of a relative path encoded apart; what was encoded already is not encoded twice."""
    text = _text_of(value, place).strip("/")
    return "/".join(quote(unquote(part), safe="") for part in text.split("/"))


def _join(value: Any, separator: str = "") -> str:
    if not isinstance(value, (list, jinja2.Undefined)) or any(isinstance(item, (dict, list)) for item in value):
        raise TypeError("'join' is for a list of texts")
    return separator.join(_text_of(item, "") for item in value if item is not None)


def _without(value: Any, beginning: str) -> Any:
    """Text without what it begins with; other text as it is."""
    return _text_of(value, "").removeprefix(beginning)


def _keys(value: Any) -> list[str]:
    return list(value) if isinstance(value, dict) else []


def _quoted(value: Any, before: str = "") -> Any:
    """A value as JSON text, which is how query languages write texts; of a list each entry, behind ``before``."""
    if isinstance(value, jinja2.Undefined):
        return value
    if isinstance(value, list):
        return [before + encode(one).decode() for one in value]
    return before + encode(value).decode()


def _entry(value: Any, key: str, wanted: Any) -> Any:
    """The first object of a list whose member ``key`` is ``wanted``."""
    entries = value if isinstance(value, list) else ()
    fitting = (one for one in entries if isinstance(one, dict) and key in one and one[key] == wanted)
    return next(fitting, Missing(name=f"an entry whose {key} is that"))


def _has_any(value: Any, wanted: Any) -> bool:
    """Whether an object has a member of one of these names, or a list one of these values."""
    wanted = wanted if isinstance(wanted, list) else [wanted]
    return isinstance(value, (dict, list)) and any(one in value for one in wanted if isinstance(one, str))


def _percent_of(part: Any, whole: Any) -> float:
    """How many of a hundred a part is; 0 where the whole is nothing."""
    if not all(type(one) in (int, float) for one in (part, whole)):
        raise TypeError("'percent_of' is for numbers")
    return 100 * part / whole if whole else 0.0


class Environment(ImmutableSandboxedEnvironment):
    """Jinja with nothing in it but the language of this module."""

    def __init__(self) -> None:
        super().__init__(undefined=Missing, keep_trailing_newline=True, autoescape=False)
        self.filters = {name: self.filters[name] for name in _BUILTIN_FILTERS}
        self.filters.update({name: partial(self.filters[name], self) for name in ("first", "last")})
        self.filters.update(join=_join, keys=_keys, segments=_segments, without=_without)
        self.filters.update(quoted=_quoted, entry=_entry, has_any=_has_any, percent_of=_percent_of)
        self.filters.update(LOOKUPS)
        self.filters.update(FILTERS)
        self.public_filters = frozenset(self.filters)
        self.filters.update(given=_given, present=_present, joined=_joined, segment=_segment, each=each, spread=spread)
        self.tests = {name: test for name, test in self.tests.items() if name in _TESTS}
        self.globals = {}

    def getitem(self, obj: Any, argument: Any) -> Any:
        """The member of a JSON object or list; ``Missing`` for everything else."""
        if isinstance(obj, dict) or (isinstance(obj, list) and isinstance(argument, int)):
            try:
                return obj[argument]
            except (KeyError, IndexError, TypeError):
                pass
        return Missing(name=str(argument))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """The same: ``a.b`` is a member of a JSON object and never an attribute of a Python one."""
        return self.getitem(obj, attribute)


ENVIRONMENT = Environment()


@dataclass(frozen=True)
class Leaf:
    """A parsed string of a spec.

    :ivar parts: literal text (``TemplateData``) and expressions, in order.
    :ivar lone: the string is exactly one expression, whose value keeps its type.
    """

    parts: tuple[nodes.Expr, ...]
    lone: bool

    @property
    def literal(self) -> str | None:
        """The text of a string without expressions."""
        if all(isinstance(part, nodes.TemplateData) for part in self.parts):
            return "".join(part.data for part in self.parts if isinstance(part, nodes.TemplateData))
        return None

    def paths(self) -> Iterator[tuple[str, ...]]:
        """Every name the string uses with its constant members: ``("input", "traits", "email")``."""
        for part in self.parts:
            yield from _paths(part)

    def guarded(self) -> set[tuple[str, ...]]:
        """The paths whose absence the author deals with: those under ``default`` or a test for ``defined``."""
        found: set[tuple[str, ...]] = set()
        for part in self.parts:
            for node in _with_self(part, (nodes.Filter, nodes.Test)):
                if node.name in ("default", "defined", "undefined"):
                    found.update(_paths(node))
        return found


def parse(text: str, names: Mapping[str, Any] | frozenset[str], path: str, place: str) -> Leaf:
    """Parse one string of a spec and hold it to the language.

    :param names: the names that mean something here (``input``, ``connection``, ``now``, ``response`` ...).
    :param path: the file, and ``place`` the dotted place in it, for errors.
    :raises SpecError: naming what the language does not have.
    """
    if "{{" not in text and "{%" not in text and "{#" not in text:
        return Leaf((nodes.TemplateData(text),), lone=False)
    if (usual := _MEMBER.fullmatch(text)) and usual[1] in names:
        member: nodes.Expr = nodes.Name(usual[1], "load")
        for key in usual[2].split(".")[1:]:
            member = nodes.Getattr(member, key, "load")
        return Leaf((member,), lone=True)
    try:
        body = ENVIRONMENT.parse(text).body
    except jinja2.TemplateSyntaxError as error:
        raise _refuse(path, place, f"is not a valid template: {error.message}", "write {{ expression }}") from error
    except RecursionError as error:
        raise _too_deep(path, place) from error
    parts: list[nodes.Expr] = []
    for statement in body:
        if not isinstance(statement, nodes.Output):
            raise _refuse(path, place, "holds a statement; the language has expressions only", "write {{ expression }}")
        parts.extend(statement.nodes)
    if not parts:
        raise _refuse(path, place, "holds only a comment", "write {{ expression }}, or the text itself")
    # Each with its depth, and without recursion: what passes here is shallow enough for Jinja's own compiler.
    open_nodes: list[tuple[nodes.Node, int]] = [(part, 1) for part in reversed(parts)]
    while open_nodes:
        node, depth = open_nodes.pop()
        if depth > _MAX_DEPTH:
            raise _too_deep(path, place)
        _allow(node, names, path, place)
        # What stands in the brackets of a filter of ours was seen to be constants.
        below = list(node.iter_child_nodes(only=("node",) if _is_ours(node) else None))
        open_nodes.extend((child, depth + 1) for child in reversed(below))
    parts = [_TEXTS.visit(part) for part in parts]
    return Leaf(tuple(parts), lone=len(parts) == 1 and not isinstance(parts[0], nodes.TemplateData))


class _Texts(NodeTransformer):
    """Let ``a ~ b`` make text as a mixed string does, where Jinja writes ``None`` and ``[1]`` as Python would.

    And tell filters that can refuse a value what its name is.
    """

    def visit_Concat(self, node: nodes.Concat) -> nodes.Node:  # noqa: N802 - the name that Jinja looks for
        self.generic_visit(node)
        named = next((path[1] for path in _paths(node) if len(path) > 1), "~")
        return nodes.Filter(nodes.List(node.nodes), "joined", [nodes.Const(named)], [], None, None)

    def visit_Filter(self, node: nodes.Filter) -> nodes.Node:  # noqa: N802
        self.generic_visit(node)
        if node.name in FILTERS:
            named = next((".".join(path[1:]) for path in _paths(node) if len(path) > 1), "")
            keywords: list[Any] = [*node.kwargs, nodes.Keyword("place", nodes.Const(named))]  # Jinja's hint is wrong
            node.kwargs = keywords
        return node


_TEXTS = _Texts()


def _allow(node: Any, names: Any, path: str, place: str) -> None:
    if not isinstance(node, _ALLOWED_NODES):
        what = type(node).__name__.lower()
        raise _refuse(path, place, f"the language has no '{what}'", "use names, comparisons and the listed filters")
    if isinstance(node, nodes.Name) and node.name not in names:
        raise _refuse(path, place, f"'{node.name}' means nothing here", known_names(node.name, sorted(names)))
    if isinstance(node, nodes.Pair) and not (isinstance(node.key, nodes.Const) and isinstance(node.key.value, str)):
        raise _refuse(path, place, "an object has a key that is not text", "write keys in quotes")
    if isinstance(node, nodes.Const) and not _is_json(node.value):
        raise _refuse(path, place, f"'{node.value}' is not a number that JSON can hold", "write a smaller one")
    if isinstance(node, nodes.Getattr) and node.attr.startswith("_"):
        raise _refuse(
            path, place, f"'{node.attr}' is not a property of JSON data", "name a parameter or one of its properties"
        )
    if isinstance(node, nodes.Filter) and node.name not in ENVIRONMENT.public_filters:
        hint = known_names(node.name, sorted(ENVIRONMENT.public_filters))
        raise _refuse(path, place, f"there is no filter '{node.name}'", hint)
    if _is_ours(node):
        _check_brackets(node, path, place)
    if isinstance(node, nodes.Test) and node.name not in _TESTS:
        raise _refuse(path, place, f"there is no test '{node.name}'", known_names(node.name, sorted(_TESTS)))


def _is_ours(node: Any) -> TypeGuard[nodes.Filter]:
    return isinstance(node, nodes.Filter) and node.name in FILTERS


def _check_brackets(node: nodes.Filter, path: str, place: str) -> None:
    """Hold what stands in a filter's brackets to be constants that it takes."""
    keywords: list[Any] = node.kwargs
    names = [one.key for one in keywords]
    try:
        values = [_constant(one) for one in (*node.args, *(one.value for one in keywords))]
        once = {"place", *names} if node.dyn_args is node.dyn_kwargs is None else ()
        if len(once) <= len(names):
            message = "does not take these arguments"
            raise BracketError(message, f"write {use_of(node.name)}")  # noqa: TRY301 - one way to refuse all
        check_brackets(node.name, values[: len(node.args)], dict(zip(names, values[len(node.args) :], strict=True)))
    except BracketError as error:
        raise _refuse(path, place, f"'{node.name}' {error.message}", error.hint) from None


def _constant(node: nodes.Expr) -> Any:
    if isinstance(node, nodes.Const):
        return node.value
    if isinstance(node, nodes.List):
        return [_constant(item) for item in node.items]
    if isinstance(node, nodes.Neg) and isinstance(node.node, nodes.Const) and isinstance(node.node.value, (int, float)):
        return -node.node.value
    raise BracketError("does not take these arguments", "it takes texts and numbers, no names or filters")


def _is_json(value: Any) -> bool:
    if isinstance(value, int):
        return -(2**63) <= value < 2**64
    return not isinstance(value, float) or math.isfinite(value)


def _with_self(node: nodes.Node, kinds: tuple[type[nodes.Node], ...]) -> Iterator[Any]:
    if isinstance(node, kinds):
        yield node
    yield from node.find_all(kinds)


def _paths(node: nodes.Node) -> Iterator[tuple[str, ...]]:
    """The longest constant paths below a node; a path that ends in a computed member stops before it."""
    chain: list[str] = []
    top = node
    while isinstance(top, (nodes.Getattr, nodes.Getitem)):
        if isinstance(top, nodes.Getattr):
            chain.append(top.attr)
        elif isinstance(top.arg, nodes.Const):
            chain.append(str(top.arg.value))
        else:
            chain.clear()
            yield from _paths(top.arg)
        top = top.node
    if isinstance(top, nodes.Name):
        yield (top.name, *reversed(chain))
        return
    for child in top.iter_child_nodes():
        yield from _paths(child)


def _too_deep(path: str, place: str) -> SpecError:
    return _refuse(path, place, f"is nested more than {_MAX_DEPTH} levels deep", "split it into simpler expressions")


def _refuse(path: str, place: str, message: str, hint: str) -> SpecError:
    return SpecError.of("template", message, hint, field=place, path=path)
