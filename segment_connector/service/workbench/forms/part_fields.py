"""Fields of several parts: lists of texts, and objects by member; each can be typed as JSON as well."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from ....errors import Problem
from ....language.typed_action import SPREAD
from ..markup import Select, block, icon, set_attributes, text
from ..spoken import say, to_say
from . import form_values as values
from .field_widgets import ChoiceField, Field, JsonField, TextField, debounced
from .form_values import NOT_GIVEN, NotGiven, UnreadableError

_MOST_FIXED = 5  # known members that have a field each from the start; more of them are suggested instead
_KINDS = {
    "text": to_say("Text"),
    "number": to_say("Number"),
    "truth": to_say("Yes or no"),
    "null": "null",
    "json": "JSON",
}


class PartField(Field):
    """A value of several parts, which can be typed as JSON instead; subclasses make the parts."""

    def build(self) -> None:
        """Make the control."""
        self._json: JsonField | None = None
        self.label.props["id"] = self.label.html_id
        self._parts = block("div", "wb-parts", role="group", aria_label=self.title)
        with self._parts:
            self.build_parts()
        self._as_json = block("div", "wb-as-json")
        self._as_json.set_visibility(False)
        if not values.is_masked(self.schema):  # JSON would show what is to be masked
            with self.tools:
                self._switch = text("button", say("Edit as JSON"), "wb-link", type="button")
                self._switch.props["aria-label"] = say("Edit as JSON: {title}", title=self.title)
                self._switch.on("click", self._switched)

    @abstractmethod
    def build_parts(self) -> None:
        """Make the elements of the parts."""

    @abstractmethod
    def read_parts(self) -> Any:
        """The value of the parts; as ``read``."""

    @abstractmethod
    def write_parts(self, value: Any) -> bool:
        """Fill in a value; ``False`` when the parts cannot hold it."""

    @property
    def is_json(self) -> bool:
        """Whether it is typed as JSON now."""
        return self._json is not None and self._as_json.visible

    def read(self) -> Any:
        """As ``Field.read``."""
        return self._json.read() if self._json is not None and self.is_json else self.read_parts()

    def mark(self, *, wrong: bool) -> None:
        """As ``Field.mark``."""
        if self._json is not None:
            self._json.mark(wrong=wrong and self.is_json)

    def write(self, value: Any) -> None:
        """As ``Field.write``."""
        if self.write_parts(value):
            self._turn(to_json=False)
        else:
            self._turn(to_json=True)
            assert self._json is not None
            self._json.write(value)

    def _switched(self) -> Any:
        try:
            value = self.read()
        except UnreadableError:
            return self.touch()  # what is wrong stands below it
        if not self.is_json:
            self._turn(to_json=True)
            assert self._json is not None
            self._json.write(value)
        elif self.write_parts(value):
            self._turn(to_json=False)
        return self.touch()

    def _turn(self, *, to_json: bool) -> None:
        if to_json and self._json is None:
            with self._as_json:
                self._json = JsonField(self.place, {**self.schema, "description": ""}, self.touch)
                self._json.element.classes("wb-field--bare")
        if to_json == self._as_json.visible:
            return
        self._as_json.set_visibility(to_json)
        self._parts.set_visibility(not to_json)
        words = say("Edit as fields") if to_json else say("Edit as JSON")
        self._switch.set_text(words)
        set_attributes(self._switch, {"aria-label": f"{words}: {self.title}"})


class ListField(PartField):
    """A list of texts, a line each."""

    def build_parts(self) -> None:
        """As ``PartField.build_parts``."""
        self._lines: list[tuple[ui.element, ui.input]] = []
        self._count = 0
        self._list = block("div", "wb-lines")
        with block("div", "wb-row") as self.side:
            add = text(
                "button",
                say("Add an entry"),
                "wb-link",
                type="button",
                aria_label=say("Add an entry: {title}", title=self.title),
            )
            add.on("click", self._added)

    def pick(self, value: Any) -> Any:
        """As ``Field.pick``."""
        given = self.read()
        if isinstance(given, list) and value in given:
            return None
        self.write([*(given if isinstance(given, list) else ()), value])
        return self.touch()

    def add(self, value: str = "") -> ui.input:
        """Another line; the first that is empty is taken before one is made."""
        for _, line in self._lines:
            if not line.value and value:
                line.set_value(value)
                return line
        with self._list, block("div", "wb-line") as row:
            made = debounced(ui.input(value=value, placeholder=values.placeholder_of(self.schema.get("items", {}))))
            self._count += 1  # never given to another line, so that each has a name of its own
            set_attributes(made, {"aria-label": say("{title}, entry {count}", title=self.title, count=self._count)})
            made.on_value_change(self.touch)
            remove = _remove_button(say("Remove entry {count}: {title}", count=self._count, title=self.title))
            remove.on("click", lambda: self._removed(row))
        self._lines.append((row, made))
        return made

    def read_parts(self) -> Any:
        """As ``PartField.read_parts``."""
        return [line.value for _, line in self._lines if line.value] or NOT_GIVEN

    def write_parts(self, value: Any) -> bool:
        """As ``PartField.write_parts``."""
        given = [] if isinstance(value, NotGiven) else value
        sound = isinstance(given, list) and all(isinstance(one, str) and one for one in given)
        if not sound or value == []:
            return False
        self._list.clear()
        self._lines.clear()
        self._count = 0
        for one in given:
            self.add(one)
        return True

    def _added(self) -> None:
        self.add().run_method("focus")

    def _removed(self, row: ui.element) -> Any:
        self._lines = [pair for pair in self._lines if pair[0] is not row]
        row.delete()
        return self.touch()


@dataclass(slots=True)
class _Pair:
    """One member that a person named."""

    row: ui.element
    name: ui.input
    kind: Select
    value: ui.input

    def read(self) -> Any:
        """As ``Field.read``."""
        typed, kind = self.value.value or "", self.kind.value
        if kind == "null":
            return None
        if kind == "text":
            return typed
        if kind == "number":
            return values.number_of(typed)
        if kind == "truth":
            words = {"true": True, "yes": True, "false": False, "no": False}
            return words.get(typed.strip().lower(), typed)
        return values.parsed(typed)


class ObjectField(PartField):
    """An object by member: a field for each of a few known ones, and lines of name, type and value for others."""

    help_above = True

    def build_parts(self) -> None:
        """As ``PartField.build_parts``."""
        known: Mapping[str, Any] = self.schema.get("properties", {})
        simple = all(values.kind_of(one) not in ("object", "json", "list") for one in known.values())
        self._members: dict[str, Field] = {}
        self._pairs: list[_Pair] = []
        self._count = 0
        self._spread = bool(self.schema.get(SPREAD))
        if self._spread or (simple and len(known) <= _MOST_FIXED):
            required = self.schema.get("required", ())
            for name, schema in known.items():
                plain = {**schema, "secret": True} if values.is_masked(self.schema) else schema
                # Whether a member is needed is a question only when the object is given at all.
                member = make_field(f"{self.place}.{name}", plain, self.touch)
                if name in required:
                    with member.head:
                        text("span", say("required with this"), "wb-required")
                self._members[name] = member
        self._list = block("div", "wb-lines")
        if self.schema.get("additionalProperties") is not False:
            add = text(
                "button",
                say("Add a property"),
                "wb-link",
                type="button",
                aria_label=say("Add a property: {title}", title=self.title),
            )
            add.on("click", self._added)

    def add(self, name: str = "", value: Any = "") -> _Pair:
        """Another line of name, type and value."""
        self._count += 1
        number = self._count
        known: Mapping[str, Any] = self.schema.get("properties", {})
        kind, typed = _typed(value)
        with self._list, block("div", "wb-pair") as row:
            key = debounced(ui.input(value=name, placeholder=say("Name"), autocomplete=list(known)))
            kinds = Select(
                {kind: say(one) for kind, one in _KINDS.items()},
                kind,
                label=say("{title}, type of property {number}", title=self.title, number=number),
                on_change=self.touch,
            )
            given = debounced(ui.input(value=typed, placeholder=say("Value")))
            if values.is_masked(self.schema):
                given.props("type=password autocomplete=new-password")
            set_attributes(
                key, {"aria-label": say("{title}, name of property {number}", title=self.title, number=number)}
            )
            set_attributes(
                given, {"aria-label": say("{title}, value of property {number}", title=self.title, number=number)}
            )
            remove = _remove_button(say("Remove property {number}: {title}", number=number, title=self.title))
        pair = _Pair(row, key, kinds, given)

        def named(_: Any) -> Any:
            types = values.types_of(known.get(key.value or "", {}))
            if not given.value and len(types) == 1:
                kinds.set_value({"number": "number", "integer": "number", "boolean": "truth", "object": "json",
                                 "array": "json"}.get(types[0], "text"))  # fmt: skip
            return self.touch()

        key.on_value_change(named)
        given.on_value_change(self.touch)
        remove.on("click", lambda: self._removed(pair))
        self._pairs.append(pair)
        return pair

    def members(self) -> Iterator[Field]:
        """As ``Field.members``."""
        yield self
        for field in self._members.values():
            yield from field.members()

    def read_parts(self) -> Any:
        """As ``PartField.read_parts``."""
        found = {name: value for name, field in self._members.items() if (value := field.read()) is not NOT_GIVEN}
        for pair in self._pairs:
            name = pair.name.value or ""
            if not name and not pair.value.value:
                continue
            if not name:
                raise UnreadableError("a property has no name; give it one, or remove it")
            if name in found:
                raise UnreadableError(f"'{name[:40]}' is there twice; remove one of them")
            try:
                found[name] = pair.read()
            except UnreadableError as error:
                raise UnreadableError(f"{name[:40]}: {error}") from None
        return found or NOT_GIVEN

    def write_parts(self, value: Any) -> bool:
        """As ``PartField.write_parts``."""
        # What is nested in depth is easier to read as JSON, but that would show what is to be masked.
        deep = isinstance(value, dict) and not self._spread and _is_deep(value)
        as_json = not values.is_masked(self.schema) and (value == {} or deep)
        if as_json or not isinstance(value, (dict, NotGiven)):
            return False
        given: dict[str, Any] = {} if isinstance(value, NotGiven) else dict(value)
        for name, field in self._members.items():
            field.write(given.pop(name, NOT_GIVEN))
        self._list.clear()
        self._pairs.clear()
        self._count = 0
        for name, one in given.items():
            self.add(name, one)
        return True

    def show(self, problems: Sequence[Problem], *, wrong: bool = False) -> None:
        """As ``Field.show``; members say their own."""
        own = list(problems)
        for name, field in self._members.items():
            place = f"{self.place}.{name}"
            below = [one for one in own if one.field == place or (one.field or "").startswith(f"{place}.")]
            field.show([] if self.is_json else below)
            if not self.is_json:
                own = [one for one in own if one not in below]
        super().show(own, wrong=wrong)

    def _added(self) -> None:
        self.add().name.run_method("focus")

    def _removed(self, pair: _Pair) -> Any:
        self._pairs.remove(pair)
        pair.row.delete()
        return self.touch()


def make_field(place: str, schema: Mapping[str, Any], changed: Any, *, required: bool = False) -> Field:
    """The field for a value of this schema; as ``Field``."""
    kinds: dict[str, type[Field]] = {
        "choice": ChoiceField, "truth": ChoiceField, "list": ListField, "object": ObjectField, "json": JsonField,
    }  # fmt: skip
    kind = kinds.get(values.kind_of(schema), TextField)
    return kind(place, schema, changed, required=required)


def _typed(value: Any) -> tuple[str, str]:
    """The type of a member, and the value as it is typed."""
    if isinstance(value, str):
        return "text", value
    if value is None:
        return "null", ""
    if isinstance(value, bool):
        return "truth", values.text_of(value)
    return ("number" if isinstance(value, (int, float)) else "json"), values.text_of(value)


def _is_deep(value: Mapping[str, Any]) -> bool:
    inside = [one for one in value.values() if isinstance(one, (dict, list))]
    return any(isinstance(one, (dict, list)) for below in inside
               for one in (below.values() if isinstance(below, dict) else below))  # fmt: skip


def _remove_button(label: str) -> ui.element:
    button = block("button", "wb-icon-button", type="button", aria_label=label)
    with button:
        icon("close")
    return button
