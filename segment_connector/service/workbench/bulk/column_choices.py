"""What a person makes of the columns of a file, a proposal at first: always a mapping as a run takes it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ....bulk.read.mapping import ROOT
from ....bulk.read.row_document import document_of, is_document
from ....bulk.suggest.column_forms import Form
from ....bulk.suggest.places import Place, kinds, missing, schema_at
from ....bulk.suggest.profile import ColumnProfile
from ....bulk.suggest.proposal import Guess, Proposal, put
from ....bulk.suggest.proposal_text import text_of
from ....bulk.suggest.proposing import form_at
from ....bulk.suggest.ready import ReadyFit
from ....bulk.suggest.suggestions import (
    Sample,
    column_forms,
    known_columns,
    mends,
    placed_columns,
    template_of,
    with_column,
    without,
)
from ....call.caller import Caller
from ....errors import ConnectorError, InputError
from ....language.action_records import Action
from ....language.yaml_reader import parse
from ....language.yaml_writer import dump
from ....templates.compiler import Compiler
from ....values.paths import dotted, get, strings


@dataclass(frozen=True, slots=True)
class Target:
    """A place that a column can have in the inputs of an action, and what a person reads for it."""

    place: Place
    title: str


@dataclass(frozen=True, slots=True)
class Mend:
    """A way to fix a column.

    :ivar form: the filters behind the column; ``said`` what they do, in words.
    """

    column: ColumnProfile
    place: Place
    form: str
    said: str


class Choices:
    """The mapping of one file.

    :param zone: of times that name none.
    :ivar action: what a row becomes; ``None`` where the mapping says it in ways that a table cannot show.
    :ivar tree: the parameters of the action, or such a mapping.
    :ivar constants: the columns in whose place a value stands that is the same for every row, and the place.
    :ivar touched: somebody has changed the proposal.
    """

    def __init__(self, caller: Caller, sample: Sample, made: Proposal | ReadyFit, zone: str | None = None) -> None:
        self._caller = caller
        self._sample = sample
        self._zone = zone
        self._made = made
        self._text: str | None = None
        self.touched = False
        self._guesses: dict[Place, Guess] = {}
        self.constants: dict[Place, Place] = {}
        self.action: str | None = None
        self.tree: dict[str, Any] = {}
        if isinstance(made, Proposal):
            self.action, self.tree = made.action.name, made.tree
            for guess in made.guesses:
                self._guesses.setdefault(guess.profile.path, guess)
            self._text = text_of(made, says_action=True)
        else:
            self._take(made.document)
            self._text = made.text

    # The mapping

    @property
    def ready(self) -> ReadyFit | None:
        """The ready mapping that it is, as long as nobody changes it."""
        return self._made if isinstance(self._made, ReadyFit) and self._made.name and not self.touched else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """What should be looked at, until somebody has changed something."""
        return self._made.warnings if isinstance(self._made, Proposal) and not self.touched else ()

    @property
    def text(self) -> str:
        """The mapping file."""
        if self._text is not None:
            return self._text
        if self.action is None:
            return dump(self.tree)
        return dump({"as": self.action, "map": self._ordered()})

    @property
    def says_action(self) -> bool:
        """Whether the mapping file says itself what rows become."""
        return self._text is None or is_document(parse(self._text, "mapping"))

    def read(self, text: str) -> None:
        """Take over a mapping file that somebody wrote.

        :raises ConnectorError: when it breaks the language.
        """
        tree = parse(text, "mapping")
        if not isinstance(tree, Mapping):
            hint = "write the parameters of the action, one per line"
            raise InputError.of("mapping", "is not a mapping", hint, field="mapping")
        self._take(tree)
        self.constants = {}
        self._text, self.touched = text, True

    def _take(self, tree: Mapping[str, Any]) -> None:
        if not is_document(tree):
            self.tree = dict(tree)
            return
        rule = document_of(tree).plain
        if rule is not None:
            self.action, self.tree = rule.kind, dict(rule.tree)
        else:
            self.action, self.tree = None, dict(tree)

    def _ordered(self) -> dict[str, Any]:
        parameters = self._action.parameters
        known = {name: self.tree[name] for name in parameters if name in self.tree}
        return {**known, **{name: item for name, item in self.tree.items() if name not in known}}

    @property
    def _action(self) -> Action:
        assert self.action is not None
        return self._caller.specs.action(self.action)

    # Columns

    @cached_property
    def columns(self) -> list[ColumnProfile]:
        """The columns of the file; members of one where they have a place of their own."""
        placed = {path for path, _ in self._placed().values()} if self.action is not None else set()
        return [one for one in self._sample.columns if len(one.path) == 1 or one.path in placed]

    def _placed(self) -> dict[Place, tuple[Place, str]]:
        try:
            return placed_columns(self.tree)
        except ConnectorError:  # which the preview tells
            return {}

    def placed(self) -> dict[Place, tuple[Place, str]]:
        """The place of each column that has one, and the filters behind it."""
        found: dict[Place, tuple[Place, str]] = {}
        for place, (path, form) in self._placed().items():
            found.setdefault(path, (place, form))
        return found

    def parts(self) -> dict[Place, Place]:
        """The columns that are a part of what stands at a place."""
        found: dict[Place, Place] = {}
        for place, text in strings(self.tree):
            with suppress(ConnectorError):
                for path in Compiler((ROOT,), (), "mapping").parse(text, "mapping").paths():
                    found.setdefault(path[1:], tuple(map(str, place)))
        return found

    def targets(self) -> list[Target]:
        """The places that there are, members of objects included, in the order of the action's form."""
        return list(_targets(self._action.parameters, (), ""))

    def own_place(self, column: ColumnProfile) -> Target | None:
        """The place of a column as a property of its own name."""
        guess = self._guesses.get(column.path)
        free = next((
            name for name, schema in self._action.parameters.items()
            if kinds(schema) == {"object"} and not schema.get("advanced") and schema.get("additionalProperties", True)
        ), None)  # fmt: skip
        if free is None:
            return None
        place = guess.place if guess and guess.place and guess.place[0] == free else (free, *column.path)
        return Target(place, " > ".join((self._action.parameters[free].get("title", free), *place[1:])))

    def forms(self, column: ColumnProfile) -> list[Form]:
        """The ways to read a column, the suggested one first."""
        guess = self._guesses.get(column.path)
        if guess is None:
            return column_forms(self._caller, column, zone=self._zone)
        return list({form.text: form for form in (guess.form, *guess.forms)}.values())

    # Changes

    def put(self, column: ColumnProfile, place: Place | None, form: str | None = None) -> None:
        """Give a column a place, in a form; or none.

        :param form: filters; without it what the place needs.
        """
        before = self.placed().get(column.path)
        self.constants.pop(column.path, None)
        if before is not None:
            self.tree = without(self.tree, before[0])
        if place is not None:
            self._make_room(place)
            form = self._form_at(column, place).text if form is None else form
            self.tree = with_column(self.tree, place, column.path, form)
        self._text, self.touched = None, True

    def fix(self, place: Place, value: str, column: ColumnProfile | None = None) -> None:
        """Give a place a value that is the same for every row; nothing where it is empty.

        :param column: the column in whose place it stands.
        """
        self._make_room(place)
        self.tree = without(self.tree, place)
        if value != "" or column is not None:
            put(self.tree, place, _as_kind(value, schema_at(self._action, place) or {}))
        if column is not None:
            self.constants[column.path] = place
        self._text, self.touched = None, True

    def _make_room(self, place: Place) -> None:
        """Take away what is not an object and stands where one is needed."""
        for depth in range(1, len(place)):
            above = get(self.tree, place[:depth])
            if above is not None and not isinstance(above, Mapping):
                self.tree = without(self.tree, place[:depth])

    def carry(self, before: Choices) -> None:
        """Keep what somebody chose before the file was read in another way; what they left as suggested follows it."""
        suggested = {path: guess.form.text for path, guess in before._guesses.items()}
        self.action, self.tree, self._text = before.action, before.tree, before._text
        self.constants, self.touched = before.constants, True
        for place, (path, form) in self._placed().items() if self.action is not None else ():
            guess = self._guesses.get(path)
            if guess is not None and form == suggested.get(path) and guess.form.text != form:
                self.tree = with_column(self.tree, place, path, guess.form.text)
                self._text = None

    # What the action needs, and what is wrong

    def needed(self) -> dict[str, str]:
        """The parameters that the action needs and no column gives, with the value that every row gets."""
        if self.action is None:
            return {}
        found = dict.fromkeys(missing(self.tree, self._action), "")
        for name in self._action.required:
            value = self.tree.get(name)
            if isinstance(value, str) and "{{" not in value:
                found[name] = value
        return {name: found[name] for name in self._action.parameters if name in found}

    def mends(self, wrong: Collection[str] = ()) -> list[Mend]:
        """Ways to read what cannot be read now, and to decide what nobody but the person can tell.

        :param wrong: places, by dots, whose values are not what is needed there.
        """
        if self.action is None:
            return []
        found: list[Mend] = []
        placed = self.placed()
        for column in self.columns:
            guess = self._guesses.get(column.path)
            if column.path in placed:
                place, form = placed[column.path]
                found += [
                    Mend(column, place, one.text, f"mends {_of(one.serves, one.of)} {_values(one.of)}")
                    for one in self._mending(column, form, place if dotted(place) in wrong else None)
                ]
            elif guess is not None and guess.is_asked and guess.place is not None:
                found += [
                    Mend(column, guess.place, one.text, f"reads {_of(one.serves, one.of)} {_values(one.of)}")
                    for one in guess.forms if one.kind == guess.form.kind
                ]  # fmt: skip
        return found

    def _mending(self, column: ColumnProfile, form: str, wrong: Place | None) -> list[Form]:
        try:
            found = mends(self._caller, column, template_of(column.path, form))
        except ConnectorError:  # which the preview tells
            return []
        if not found and wrong is not None:
            best = self._form_at(column, wrong)
            return [best] if best.serves and best.text != form else []
        return found

    def _form_at(self, column: ColumnProfile, place: Place) -> Form:
        known = known_columns(self._caller)
        return form_at(column, place, self._action, known, texts=self._sample.texts, zone=self._zone)

    def title_of(self, column: ColumnProfile, form: str) -> str:
        """What a person reads for filters."""
        known = (*self.forms(column), *column_forms(self._caller, column, zone=self._zone))
        return next((one.title for one in known if one.text == form), form or "as is")


def _targets(parameters: Mapping[str, Any], above: Place, title: str) -> Iterator[Target]:
    for name, schema in parameters.items():
        if "entries" in schema:
            continue
        shown = f"{title}{schema.get('title', name)}"
        yield Target((*above, name), shown)
        if not above:
            yield from _targets(schema.get("properties", {}), (name,), f"{shown} > ")


def _as_kind(value: str, schema: Mapping[str, Any]) -> Any:
    wanted = kinds(schema)
    if not wanted or "string" in wanted:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _of(count: int, of: int) -> str:
    return f"{count:,}" if count == of else f"{count:,} of {of:,}"


def _values(count: int) -> str:
    return "row" if count == 1 else "rows"
