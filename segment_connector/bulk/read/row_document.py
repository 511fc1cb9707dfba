"""A mapping that says what rows become, and not only how: which action, which rows, several events of one, groups.

::

    as: track                                    what a row becomes; a template, where rows say it themselves
    when: "{{ row.status != 'test' }}"           which rows are taken; the others are passed over
    group_by: Order ID                           rows that follow one another with one value become one
    map:
      event: Order Completed
      properties:
        products: {for_each: rows, map: {sku: "{{ row.Sku }}"}}

or, for several events of a row, ``events``: a list of ``as``, ``when`` and ``map``. What stands under ``map`` is a
mapping as ``RowMapping`` knows it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import SpecError, did_you_mean

_RULE = frozenset(("as", "when", "map"))
_DOCUMENT = _RULE | {"events", "group_by"}


def is_document(tree: Any) -> bool:
    """Whether a mapping says what rows become, and is not the parameters of an action alone."""
    return isinstance(tree, Mapping) and bool({"map", "events"} & tree.keys()) and tree.keys() <= _DOCUMENT and (
        isinstance(tree.get("map"), Mapping) or isinstance(tree.get("events"), list)
    )  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """One event of a row.

    :ivar kind: the action, or a template that gives it.
    :ivar tree: its parameters.
    :ivar when: a template by which a row is taken or not.
    :ivar place: where it stands in the file.
    """

    kind: str
    tree: Mapping[str, Any]
    when: str | None
    place: str


@dataclass(frozen=True)
class Document:
    """What a mapping says of rows.

    :ivar rules: the events of a row.
    :ivar group_by: the columns by which rows are one.
    """

    rules: tuple[Rule, ...]
    group_by: tuple[str, ...] = ()

    @property
    def plain(self) -> Rule | None:
        """The one rule of a mapping that says no more than the action, to be compiled as one."""
        rule = self.rules[0]
        usual = len(self.rules) == 1 and rule.when is None and not self.group_by and "{{" not in rule.kind
        return rule if usual else None


def document_of(tree: Mapping[str, Any], action: str | None = None, source: str = "mapping") -> Document:
    """Read a mapping.

    :param action: what rows become where the mapping does not say so.
    :param source: its file, for errors.
    :raises SpecError: when it breaks the language.
    """
    by = tree.get("group_by", ())
    group_by = (by,) if isinstance(by, str) else tuple(by) if isinstance(by, list) else ()
    if not all(isinstance(name, str) and name for name in group_by) or ("group_by" in tree and not group_by):
        raise refused_mapping(
            source, "group_by", "must be the name of a column, or a list of names", "write 'group_by: Order ID'"
        )
    several = tree.get("events")
    if several is None:
        return Document((_rule(tree, "", action, source),), group_by)
    if not isinstance(several, list) or not several or _RULE & tree.keys():
        hint = "begin each event with '- as:', and write 'as', 'when' and 'map' there"
        raise refused_mapping(source, "events", "must be a list of events, in place of 'map'", hint)
    rules = tuple(_rule(one, f"events.{index}", action, source) for index, one in enumerate(several))
    return Document(rules, group_by)


def _rule(given: Any, place: str, action: str | None, source: str) -> Rule:
    if not isinstance(given, Mapping):
        raise refused_mapping(source, place, "must be a mapping", "write 'as:' and 'map:'")
    for name in given:
        if name not in (_DOCUMENT if not place else _RULE):
            hint = did_you_mean(name, _RULE) or f"it has {', '.join(sorted(_RULE))}"
            raise refused_mapping(source, f"{place}.{name}".lstrip("."), f"the language has no '{name}' here", hint)
    kind, tree, when = given.get("as", action), given.get("map"), given.get("when")
    if not isinstance(kind, str):
        hint = "write 'as:' with the name of an action, or a template that gives it"
        raise refused_mapping(source, f"{place}.as".lstrip("."), "is missing: what a row becomes", hint)
    if not isinstance(tree, Mapping):
        hint = "write the parameters of the action below it, a line each"
        raise refused_mapping(source, f"{place}.map".lstrip("."), "must be a mapping", hint)
    if when is not None and not (isinstance(when, str) and "{{" in when):
        raise refused_mapping(
            source, f"{place}.when".lstrip("."), "must be a template", "write \"{{ row.status == 'paid' }}\""
        )
    return Rule(kind, tree, when, f"{place}.map".lstrip("."))


def refused_mapping(source: str, place: str, message: str, hint: str) -> SpecError:
    """The error of a mapping that breaks the language."""
    return SpecError.of("mapping", message, hint, field=place or None, path=source)
