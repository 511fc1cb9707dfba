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

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...errors import ConnectorError, InputError, Problem, SpecError, did_you_mean
from ...language.action_records import Action
from ...templates.compiler import Compiler
from ...templates.evaluator import Cells, compile_rows
from ...values.json_values import decode
from .mapping import ROOT, ROWS, RowMapping, explained
from .partition import Block
from .row_maker import MakeRecord

_RULE = frozenset(("as", "when", "map"))
_DOCUMENT = _RULE | {"events", "group_by"}
_MOST_KEYS = 1_000_000  # of groups that are over, to see one that comes again

Find = Callable[[str], Action]
MakeEvent = Callable[[Any], "tuple[str, dict[str, Any]] | None"]


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
        raise _refuse(
            source, "group_by", "must be the name of a column, or a list of names", "write 'group_by: Order ID'"
        )
    several = tree.get("events")
    if several is None:
        return Document((_rule(tree, "", action, source),), group_by)
    if not isinstance(several, list) or not several or _RULE & tree.keys():
        hint = "begin each event with '- as:', and write 'as', 'when' and 'map' there"
        raise _refuse(source, "events", "must be a list of events, and stands in place of 'map'", hint)
    rules = tuple(_rule(one, f"events.{index}", action, source) for index, one in enumerate(several))
    return Document(rules, group_by)


def _rule(given: Any, place: str, action: str | None, source: str) -> Rule:
    if not isinstance(given, Mapping):
        raise _refuse(source, place, "must be a mapping", "write 'as:' and 'map:'")
    for name in given:
        if name not in (_DOCUMENT if not place else _RULE):
            hint = did_you_mean(name, _RULE) or f"it has {', '.join(sorted(_RULE))}"
            raise _refuse(source, f"{place}.{name}".lstrip("."), f"the language has no '{name}' here", hint)
    kind, tree, when = given.get("as", action), given.get("map"), given.get("when")
    if not isinstance(kind, str):
        hint = "write 'as:' with the name of an action, or a template that gives it"
        raise _refuse(source, f"{place}.as".lstrip("."), "is missing: what a row becomes", hint)
    if not isinstance(tree, Mapping):
        hint = "write the parameters of the action below it, a line each"
        raise _refuse(source, f"{place}.map".lstrip("."), "must be a mapping", hint)
    if when is not None and not (isinstance(when, str) and "{{" in when):
        raise _refuse(source, f"{place}.when".lstrip("."), "must be a template", "write \"{{ row.status == 'paid' }}\"")
    return Rule(kind, tree, when, f"{place}.map".lstrip("."))


class RowEvents:
    """A document, ready to make events.

    :param document: what rows become.
    :param kinds: the actions that a row may become; ``find`` gives one.
    :param by: the member by which an event says which action it is.
    :raises SpecError: when a rule breaks the language; InputError when it names an action that no row can become.
    """

    def __init__(self, document: Document, kinds: Sequence[str], find: Find, by: str, source: str = "mapping") -> None:
        self.document = document
        self._by = by
        self._makers: list[_Maker] = [
            _Maker(rule, kinds, find, source, grouped=bool(document.group_by)) for rule in document.rules
        ]

    @property
    def mappings(self) -> list[RowMapping]:
        """Those of all its events."""
        return [mapping for maker in self._makers for mapping in maker.mappings.values()]

    @property
    def columns(self) -> list[str] | None:
        """The columns that it names; ``None`` when it uses the row as a whole."""
        named = dict.fromkeys(self.document.group_by)
        for maker in self._makers:
            if maker.columns is None:
                return None
            named.update(dict.fromkeys(maker.columns))
        return list(named)

    def check_columns(self, columns: Sequence[str], *, texts: bool = False) -> None:
        """Hold it to a table.

        :raises InputError: with each column that is not there.
        """
        for name in self.document.group_by:
            if name not in columns:
                hint = did_you_mean(name, columns) or f"it has {', '.join(columns[:40])}"
                raise InputError.of("column", f"the source has no column '{name}'", hint, field="group_by")
        for maker in self._makers:
            maker.check_columns(columns)
            for mapping in maker.mappings.values():
                mapping.check_columns(columns, texts=texts)

    def make_from(self, cells: Cells) -> MakeRecord:
        """The events of a row of cells; of a row of a group, the row itself by its columns."""
        if self.document.group_by:
            names = cells.columns
            if cells.texts:
                return lambda row: {name: cell for name, cell in zip(names, row, strict=True) if cell}
            return lambda row: dict(zip(names, row, strict=True))
        makers = [maker.over(cells) for maker in self._makers]
        by = self._by
        return lambda row: [{by: kind, **event} for make in makers if (found := make(row)) for kind, event in (found,)]

    @property
    def make(self) -> MakeRecord:
        """The events of a row that is a mapping of column to value; of a row of a group, the row itself."""
        return dict if self.document.group_by else self._events_of

    def _events_of(self, row: Any) -> list[dict[str, Any]]:
        found = [maker.over(None)(row) for maker in self._makers]
        return [{self._by: kind, **event} for kind, event in filter(None, found)]

    def events(self, blocks: Iterable[Block], *, made: bool) -> Iterator[Block]:
        """The events of blocks of records, each at the position of its row.

        :param blocks: what a reader gave.
        :param made: the reader knew this mapping; else records are lines of JSON, or mappings.
        """
        blocks = blocks if made else map(self._made_of, blocks)
        if self.document.group_by:
            blocks = _grouped(blocks, self.document.group_by, self._events_of)
        return map(_flat, blocks)

    def _made_of(self, block: Block) -> Block:
        """A block of lines of JSON, or of mappings, as one of what their rows become."""
        grouped = bool(self.document.group_by)
        bounds = block.bounds()
        problems = dict(block.problems)
        originals = dict(block.originals)
        records: list[Any] = []
        kept: list[int] = []
        for index, record in enumerate(block.records):
            if isinstance(record, bytes) and not record.strip():
                continue
            made: Any = None
            at = len(records)
            if index in block.problems:
                problems[at] = block.problems[index]
            else:
                try:
                    row = record
                    if isinstance(record, bytes):
                        originals[at] = record.decode("utf-8", "backslashreplace")
                        row = decode(record)
                    made = row if grouped and isinstance(row, dict) else self._events_of(row)
                except ValueError:
                    problems[at] = Problem("json", "is no JSON", "write each row as one object on one line")
                except InputError as error:
                    problems[at] = error.problems[0]
            records.append(made)
            kept.append(index)
        lines = None if block.line(0) is None else [block.line(index) or 0 for index in kept]
        return Block(
            block.start, block.end, records, [bounds[index] for index in kept], problems, originals,
            lines=lines, size=block.size,
        )  # fmt: skip


class _Maker:
    """Makes one event of a row: its action and its inputs, or nothing where the rule does not take the row."""

    def __init__(self, rule: Rule, kinds: Sequence[str], find: Find, source: str, *, grouped: bool) -> None:
        above = tuple(int(part) if part.isdigit() else part for part in rule.place.split("."))
        self._made: dict[Any, MakeEvent] = {}
        self._rule = rule
        self._source = source
        self.mappings: dict[str, RowMapping] = {}
        if "{{" not in rule.kind:
            if rule.kind not in kinds:
                hint = did_you_mean(rule.kind, kinds) or f"one of {', '.join(kinds)}"
                raise InputError.of("action", f"'{rule.kind}' cannot be sent in bulk", hint, field="as")
            self.mappings[rule.kind] = RowMapping(rule.tree, find(rule.kind), source, grouped=grouped, above=above)
        else:
            known = {name for kind in kinds for name in find(kind).parameters}
            for name in rule.tree:
                if name not in known:
                    hint = did_you_mean(name, known) or f"the actions have {', '.join(sorted(known))}"
                    raise _refuse(source, f"{rule.place}.{name}", "there is no such parameter", hint)
            for kind in kinds:
                action = find(kind)
                own = {name: item for name, item in rule.tree.items() if name in action.parameters}
                if all(name in own for name in action.required):
                    self.mappings[kind] = RowMapping(own, action, source, grouped=grouped, above=above)
        self._asked = {name: text for name, text in (("as", rule.kind), ("when", rule.when)) if text and "{{" in text}
        self._used = {
            path[1:]: name for name, text in self._asked.items()
            for path in Compiler((ROOT,), (), source).parse(text, name).paths()
        }  # fmt: skip

    @property
    def columns(self) -> list[str] | None:
        named = [path[0] for path in self._used if path]
        for mapping in self.mappings.values():
            if mapping.columns is None:
                return None
            named += mapping.columns
        return None if () in self._used else list(dict.fromkeys(named))

    def check_columns(self, columns: Sequence[str]) -> None:
        """Hold ``as`` and ``when`` to a table; as ``RowMapping.check_columns``."""
        for path, name in self._used.items():
            if path and path[0] not in columns:
                hint = did_you_mean(path[0], columns) or f"it has {', '.join(columns[:40])}"
                raise InputError.of("column", f"the source has no column '{path[0]}'", hint, field=name)

    def over(self, cells: Cells | None) -> MakeEvent:
        key = cells and (tuple(cells.columns), cells.texts)
        if (known := self._made.get(key)) is None:
            known = self._made[key] = self._compiled(cells)
        return known

    def _compiled(self, cells: Cells | None) -> MakeEvent:
        makes = {kind: one.make if cells is None else one.make_from(cells) for kind, one in self.mappings.items()}

        def explain(error: ConnectorError, row: Any) -> Exception:
            return explained(error, row if cells is None else dict(zip(cells.columns, row, strict=False)))

        asked = {}
        for name, text in self._asked.items():
            compiler = Compiler((ROOT,), {path[0] for path in self._used if path}, self._source, root=ROOT)
            asked[name] = compile_rows(compiler.value(text, name), ROOT, explain, cells)
        when, kind_of, fixed = asked.get("when"), asked.get("as"), self._rule.kind

        def make(row: Any) -> tuple[str, dict[str, Any]] | None:
            if when is not None and not when(row):  # what was not given is false
                return None
            kind = fixed if kind_of is None else kind_of(row)
            if (found := makes.get(kind) if isinstance(kind, str) else None) is None:
                known = ", ".join(makes)
                shown = f"'{kind}'" if isinstance(kind, str) else "what it says"
                hint = f"it can become {known}; leave others out by 'when'"
                raise InputError.of("action", f"a row cannot become {shown}", hint, field="as")
            return kind, found(row)

        return make


def _flat(block: Block) -> Block:
    """A block of lists of events as one of events."""
    bounds = block.bounds()
    flat = Block(block.start, block.end, [], [], {}, {}, size=block.size, lines=[])
    assert isinstance(flat.problems, dict)
    assert isinstance(flat.originals, dict)
    assert isinstance(flat.positions, list)
    lines: list[int] = []
    for index, made in enumerate(block.records):
        events = [None] if index in block.problems else made or ()
        for event in events:
            at = len(flat.records)
            if index in block.problems:
                flat.problems[at] = block.problems[index]
            if index in block.originals:
                flat.originals[at] = block.originals[index]
            flat.records.append(event)
            flat.positions.append(bounds[index])
            lines.append(block.line(index) or 0)
    flat.lines = lines if block.line(0) is not None else None
    return flat


@dataclass
class _Group:
    """Rows that follow one another and have one key."""

    key: tuple[str, ...]
    position: int
    line: int | None
    rows: list[Any] = field(default_factory=list)
    originals: list[str] = field(default_factory=list)
    problem: Problem | None = None


def _grouped(
    blocks: Iterable[Block], by: Sequence[str], make: Callable[[Any], list[dict[str, Any]]]
) -> Iterator[Block]:
    """Blocks whose records are what each group of rows becomes.

    A group is whole when the next one begins, so that a block ends where its last group does.
    """
    over: dict[int, int | None] = {}
    group: _Group | None = None
    start, end, size = None, 0, 0

    def block_of(groups: list[_Group], start: int, end: int, size: int) -> Block:
        made = Block(start, end, [], [], {}, {}, size=size or None)
        lines: list[int] = []
        for one in groups:
            at = len(made.records)
            record = None
            if one.problem is None:
                try:
                    record = make({**one.rows[0], ROWS: one.rows})
                except InputError as error:
                    one.problem = error.problems[0]
            if one.problem is not None:
                made.problems[at] = one.problem  # type: ignore[index]
            if one.originals:
                made.originals[at] = "\n".join(one.originals)  # type: ignore[index]
            made.records.append(record)
            assert made.positions is not None
            made.positions.append(one.position)
            lines.append(one.line or 0)
        made.lines = lines if groups and groups[0].line is not None else None
        return made

    for block in blocks:
        bounds = block.bounds()
        start = block.start if start is None else start
        size += block.size or 0
        whole: list[_Group] = []
        for index, row in enumerate(block.records):
            problem = block.problems.get(index)
            key = () if problem is not None else tuple(str(row.get(name)) for name in by)
            if group is None or key != group.key or problem is not None:
                if group is not None:
                    whole.append(group)
                group = _Group(key, bounds[index], block.line(index), problem=problem)
                _tell_again(group, by, over)
            if problem is None:
                group.rows.append(row)
            if index in block.originals:
                group.originals.append(block.originals[index])
        end = block.end
        if whole and group is not None:
            yield block_of(whole, start, group.position, size)
            start, size = group.position, 0
    if start is not None:
        yield block_of([] if group is None else [group], start, end, size)


def _tell_again(group: _Group, by: Sequence[str], over: dict[int, int | None]) -> None:
    """Refuse a group whose key was there before: its event would be sent twice, each time with a part of its rows."""
    if group.problem is not None:
        return
    key = hash(group.key)
    if key in over:
        first = over[key]
        where = f" (line {first:,})" if first is not None else ""
        message = f"rows of {', '.join(by)} '{', '.join(group.key)}' came before{where}, with other rows between"
        group.problem = Problem("group_by", message, "sort the source by this column", field=f"{ROOT}.{by[0]}")
    elif len(over) < _MOST_KEYS:
        over[key] = group.line


def _refuse(source: str, place: str, message: str, hint: str) -> SpecError:
    return SpecError.of("mapping", message, hint, field=place or None, path=source)


def row_maker(
    tree: Any, action: str | None, kinds: Sequence[str], find: Find, by: str, source: str = "mapping"
) -> tuple[RowMapping | RowEvents, str | None]:
    """A mapping, ready to make events, and the action of every row where there is one.

    :param tree: the parameters of an action, or a document.
    :param action: what every row is, where the mapping does not say it.
    :param kinds: the actions that a row may become; ``find`` gives one, and ``by`` is the member that says which it is.
    :raises SpecError, InputError: when it breaks the language, or names what is not there.
    """
    if not is_document(tree):
        if action is None:
            hint = "name the action that the mapping is for, or write it into the mapping: 'as:' and 'map:'"
            raise InputError.of("action", "a mapping needs an action", hint, field="action")
        return RowMapping(tree, find(action), source), action
    document = document_of(tree, action, source)
    if action is not None and any(rule.kind != action for rule in document.rules):
        message = f"the mapping says itself what rows become, which is not '{action}'"
        raise InputError.of("action", message, "leave the action out, or change 'as' in the mapping", field="action")
    plain = document.plain
    if plain is not None and plain.kind in kinds:
        return RowMapping(plain.tree, find(plain.kind), source, above=tuple(plain.place.split("."))), plain.kind
    return RowEvents(document, kinds, find, by, source), None
