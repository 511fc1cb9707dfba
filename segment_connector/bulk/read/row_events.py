"""A document, ready to make events: of each row several, of rows of one group one, each by the action that it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ...errors import ConnectorError, InputError, Problem, did_you_mean
from ...language.action_records import Action
from ...templates.compiler import Compiler
from ...templates.evaluator import Cells, compile_rows
from ...values.json_values import decode
from .mapping import ROOT, RowMapping, explained
from .partition import Block
from .row_document import Document, Rule, document_of, is_document, refused_mapping
from .row_groups import grouped
from .row_maker import MakeRecord

Find = Callable[[str], Action]
MakeEvent = Callable[[Any], "tuple[str, dict[str, Any]] | None"]


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
            blocks = grouped(blocks, self.document.group_by, self._events_of)
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
                    problems[at] = Problem("json", "is not valid JSON", "write each row as one object on one line")
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
                    raise refused_mapping(source, f"{rule.place}.{name}", "there is no such parameter", hint)
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
                hint = f"it can become {known}; leave others out with 'when'"
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
        message = f"the mapping itself says what rows become, and that is not '{action}'"
        raise InputError.of("action", message, "leave the action out, or change 'as' in the mapping", field="action")
    plain = document.plain
    if plain is not None and plain.kind in kinds:
        return RowMapping(plain.tree, find(plain.kind), source, above=tuple(plain.place.split("."))), plain.kind
    return RowEvents(document, kinds, find, by, source), None
