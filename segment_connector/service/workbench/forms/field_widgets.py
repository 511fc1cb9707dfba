"""The fields of a form: what each kind of value is typed into, with its label, its help and what is wrong with it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, TypeVar

from nicegui import ui

from ....errors import Problem
from ....markup.markdown import sentence
from ..markup import Select, block, set_attributes, text
from ..spoken import say
from . import form_values as values
from .form_values import NOT_GIVEN

Changed = Callable[[], Any]
_Input = TypeVar("_Input", bound=ui.input)

_DEBOUNCE = 150  # milliseconds without a key until the form is looked at


class Field(ABC):
    """One value of a form; subclasses make its control.

    :param place: dotted place of the value in the inputs.
    :param changed: called when a person changed it.
    :param required: whether it must be filled in.
    :cvar help_above: whether its help stands above the control, since that is long.
    :ivar head: the line with the label.
    :ivar side: where something may stand beside the control, such as a button.
    """

    help_above = False

    def __init__(self, place: str, schema: Mapping[str, Any], changed: Changed, *, required: bool = False) -> None:
        self.place = place
        self.schema = schema
        self.required = required
        self.title = str(schema.get("title") or place.rpartition(".")[2])
        self.touched = False
        self.side: ui.element | None = None
        self._described: list[str] = []
        self._changed = changed
        with block("div", "wb-field") as self.element:
            with block("div", "wb-field-head") as self.head:
                self.label = text("label", self.title, "wb-label")
                if required:
                    text("span", say("required"), "wb-required")
                text("code", place.rpartition(".")[2], "wb-param")
                self.tools = block("span", "wb-field-tools")
            with block("div", "wb-control"):
                self.control = self.build()
            self.error = text("p", "", "wb-error", aria_live="polite")
            self.help = text("p", str(schema.get("description", "")), "wb-help")
            if self.help_above:
                self.help.move(target_index=1)
        if self.control is not None:
            self.label.props["for"] = self.control.html_id
            self._describe(self.control)

    def describe_by(self, line: ui.element) -> None:
        """Have a screen reader say a line besides, such as a rule."""
        self._described.append(line.html_id)
        if self.control is not None:
            self._describe(self.control)

    def _describe(self, control: ui.element) -> None:
        described = " ".join((*self._described, self.error.html_id, self.help.html_id))
        set_attributes(control, {"aria-label": self.title, "aria-describedby": described})
        if self.required:
            control.props["aria-required"] = "true"

    @abstractmethod
    def build(self) -> ui.element | None:
        """Make the control; ``None`` when it is several, each with a name of its own."""

    def members(self) -> Iterator[Field]:
        """The fields inside it, at every depth, and itself."""
        yield self

    def pick(self, value: Any) -> Any:
        """Take a value that a person chose from a list."""
        self.write(value)
        return self.touch()

    @abstractmethod
    def read(self) -> Any:
        """The value, or ``NOT_GIVEN``.

        :raises UnreadableError: when what was typed stands for no value.
        """

    @abstractmethod
    def write(self, value: Any) -> None:
        """Fill in a value; ``NOT_GIVEN`` empties it. Nothing is called for it."""

    def show(self, problems: Sequence[Problem], *, wrong: bool = False) -> None:
        """Say what is wrong with it; an empty list takes back what was said.

        :param wrong: whether something is wrong with it that is said elsewhere.
        """
        said = " ".join(self._sentence(problem) for problem in problems)
        if said != self.error.text:
            self.error.set_text(said)
        self.mark(wrong=wrong or bool(problems))

    def mark(self, *, wrong: bool) -> None:
        """Show at the control, if it is one, whether something is wrong with it."""
        if self.control is not None and self.control.props.get("aria-invalid", "false") != str(wrong).lower():
            self.control.props["aria-invalid"] = str(wrong).lower()
            if isinstance(self.control, ui.input):
                self.control.props["error"] = wrong
            self.control.update()

    def _sentence(self, problem: Problem) -> str:
        below = (problem.field or "").removeprefix(self.place).lstrip(".")
        said = sentence(f"{below}: {problem.message}" if below else problem.message)
        return f"{said} {sentence(problem.hint)}" if problem.hint else said

    def touch(self, *_: Any) -> Any:
        """A person changed it."""
        self.touched = True
        return self._changed()


class TextField(Field):
    """Text, a number, or an instant; a line or several of them."""

    def build(self) -> ui.element:
        """Make the control."""
        kind, schema = values.kind_of(self.schema), self.schema
        masked = values.is_masked(schema)
        with block("div", "wb-with-tools") as self.side:
            placeholder = values.placeholder_of(schema)
            made: ui.input = (ui.textarea if kind == "long text" else ui.input)(placeholder=placeholder)
            debounced(made)
            if masked:
                made.props("type=password autocomplete=new-password")
            if kind == "long text":
                made.props("autogrow").classes("wb-text--code")
            if kind == "number":
                made.props("inputmode=decimal")
            made.on_value_change(self._typed)
            if kind == "moment":
                _button(say("Now"), self._now, say("Fill in the current time: {title}", title=self.title))
        self._null = self._null_box() if values.may_be_null(schema) and "." not in self.place else None
        self._kind = kind
        self._quiet = False
        return made

    @property
    def input(self) -> ui.input:
        """The control."""
        assert isinstance(self.control, ui.input)
        return self.control

    def read(self) -> Any:
        """As ``Field.read``."""
        if self._null is not None and self._null.value:
            return None
        typed = self.input.value or ""
        if not typed:
            return NOT_GIVEN
        return values.number_of(typed) if self._kind == "number" else typed

    def write(self, value: Any) -> None:
        """As ``Field.write``."""
        if self._null is not None:
            self._null.value = value is None
        self._fill("" if value is NOT_GIVEN or value is None else values.text_of(value))

    def _fill(self, typed: str) -> None:
        self._quiet = True
        try:
            self.input.set_value(typed)
        finally:
            self._quiet = False

    def _typed(self, _: Any) -> Any:
        return None if self._quiet else self.touch()

    def _now(self) -> Any:
        self._fill(datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"))
        return self.touch()

    def _null_box(self) -> ui.checkbox:
        box = ui.checkbox("Set to null").props("dense").classes("wb-null")
        box.on("update:model-value", self.touch)
        return box


class ChoiceField(Field):
    """One of a few values that are known, or true and false."""

    def build(self) -> ui.element:
        """Make the control."""
        if values.kind_of(self.schema) == "truth":
            self._values: dict[str, Any] = {"true": True, "false": False}
            words = {"": say("Not set"), "true": say("Yes (true)"), "false": say("No (false)")}
        else:
            self._values = {one: one for one in self.schema["enum"]}
            words = {"": say("Not set")} | {one: one for one in self.schema["enum"]}
        made = Select(words, "", on_change=self.touch)
        return made.classes("wb-wide")

    def read(self) -> Any:
        """As ``Field.read``."""
        assert isinstance(self.control, Select)
        return self._values.get(self.control.value, NOT_GIVEN)

    def write(self, value: Any) -> None:
        """As ``Field.write``."""
        assert isinstance(self.control, Select)
        key = values.text_of(value) if value is not NOT_GIVEN else ""
        if key and key not in self._values:  # an example or a link may hold what the spec does not list
            self._values[key] = value
            self.control.set_options({"": say("Not set")} | {one: one for one in self._values}, key)
        self.control.set_value(key)


class JsonField(Field):
    """Anything, as JSON."""

    def build(self) -> ui.element:
        """Make the control."""
        made = ui.textarea(placeholder=_example(self.schema))
        debounced(made).props("autogrow").classes("wb-text--code").on_value_change(self._typed)
        self._quiet = False
        return made

    def read(self) -> Any:
        """As ``Field.read``."""
        assert isinstance(self.control, ui.textarea)
        typed = (self.control.value or "").strip()
        return values.parsed(typed) if typed else NOT_GIVEN

    def write(self, value: Any) -> None:
        """As ``Field.write``."""
        assert isinstance(self.control, ui.textarea)
        self._quiet = True
        try:
            self.control.set_value("" if value is NOT_GIVEN else values.json_of(value))
        finally:
            self._quiet = False

    def _typed(self, _: Any) -> Any:
        return None if self._quiet else self.touch()


def debounced(made: _Input) -> _Input:
    """An input in the dress of the form, which tells of a change when nobody typed for a moment."""
    made.props(f"outlined dense hide-bottom-space no-error-icon debounce={_DEBOUNCE} spellcheck=false")
    made.props("autocomplete=off").classes("wb-text")
    return made


def _example(schema: Mapping[str, Any]) -> str:
    examples = schema.get("examples")
    if not examples or values.is_masked(schema):
        return "JSON"
    return say("For example {example}", example=values.text_of(examples[0]))


def _button(words: str, pressed: Callable[[], Any], label: str) -> ui.element:
    button = text("button", words, "wb-button", type="button", aria_label=label)
    button.on("click", pressed)
    return button
