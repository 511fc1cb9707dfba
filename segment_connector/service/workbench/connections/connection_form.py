"""The form of a connection, drawn from ``connector.yaml``: credentials go in and are never shown again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ..markup import block, set_attributes, text
from ..spoken import in_words, say
from .connection_values import REMOVED, ConnectionField, fields, shown

if TYPE_CHECKING:
    from nicegui import ui

    from ....errors import Problem
    from ....language.connector_records import ConnectorSpec

NAME = "name:"
"""The field for the connection's own name; no property has a colon."""

_FORM = """(event) => {
  event.preventDefault();
  emit(Object.fromEntries(new FormData(event.target)));
}"""


class ConnectionForm:
    """One form; it keeps nothing of what is typed, the browser hands it over when it is submitted.

    :param described: what is known of the connection, as ``ConnectionStore.describe`` tells; ``None`` for a new one.
    :param on_submit: called with the texts of the form by the names of its fields.
    """

    def __init__(
        self,
        spec: ConnectorSpec,
        described: Mapping[str, Any] | None,
        on_submit: Callable[[Mapping[str, Any]], Any],
        on_cancel: Callable[[], Any],
    ) -> None:
        self._has = frozenset(described["has"]) if described else frozenset()
        self._public = described["public"] if described else {}
        self._required = frozenset(spec.connection.required)
        self._inputs: dict[str, tuple[ui.element, ui.element]] = {}
        self._folds: list[tuple[frozenset[str], ui.element]] = []
        known = list(fields(in_words(spec.connection).properties))
        with block("form", "cn-form", novalidate=True, autocomplete="off") as form:
            self.says = block("div", "cn-says", role="alert")
            if described is None:
                self._text(
                    ConnectionField(
                        NAME, {"title": say("Name"), "description": say("What you call it here, for example staging.")}
                    )
                )
            for group, below in groupby((field for field in known if not field.advanced), lambda field: field.group):
                self._purpose(group, list(below))
            for group, below in groupby((field for field in known if field.advanced), lambda field: field.group):
                self._fold(group, list(below))
            with block("div", "wb-row"):
                text("button", say("Save"), "wb-button wb-button--main", type="submit")
                text("button", say("Cancel"), "wb-button", type="button").on("click", on_cancel)
        form.on("submit", lambda event: on_submit(event.args), js_handler=_FORM)

    def refuse(self, problems: Iterable[Problem]) -> None:
        """Show what is wrong, each at its field, and put the cursor into the first one."""
        self.clear_refusals()
        first: ui.element | None = None
        for problem in problems:
            words = f"{problem.message}{f': {problem.hint}' if problem.hint else ''}"
            name = NAME if problem.field == "name" else problem.field or ""
            place = next((one for one in (name, *_parents(name)) if one in self._inputs), None)
            if place is None:
                with self.says, block("p", "wb-note wb-note--bad"):
                    text("span", f"{problem.field}: {words}" if problem.field else words)
                continue
            control, said = self._inputs[place]
            with said:
                text("span", words)
            set_attributes(control, {"aria_invalid": "true"})
            first = first or control
            for names, fold in self._folds:
                if place in names:
                    set_attributes(fold, {"open": True})
        if first is not None:
            first.run_method("focus")

    def clear_refusals(self) -> None:
        """Take away what ``refuse`` showed."""
        self.says.clear()
        for control, said in self._inputs.values():
            said.clear()
            control.props.pop("aria-invalid", None)
            control.update()

    def _purpose(self, group: str, below: list[ConnectionField]) -> None:
        """Fields that serve one purpose, such as reading; those of none stand by themselves."""
        if not group:
            self._draw(below)
            return
        with block("fieldset", "cn-purpose"):
            text("legend", group)
            with block("div", "cn-form"):
                self._draw(below)

    def _fold(self, group: str, below: list[ConnectionField]) -> None:
        given = [field for field in below if field.name in self._has or shown(self._public, field.name)]
        with block("details", "cn-fold", open=bool(given)) as fold:
            text("summary", group or say("More"))
            with block("div", "cn-form"):
                self._draw(below)
        self._folds.append((frozenset(field.name for field in below), fold))

    def _draw(self, known: Iterable[ConnectionField]) -> None:
        for field in known:
            if "enum" in field.schema:
                self._choice(field)
            elif field.schema.get("type") == "boolean":
                self._box(field)
            else:
                self._text(field)

    def _text(self, field: ConnectionField) -> None:
        is_set = field.name in self._has
        attributes: dict[str, Any] = {"name": field.name, "autocomplete": "off", "spellcheck": "false"}
        value = "" if field.secret else shown(self._public, field.name)
        if is_set:
            attributes["placeholder"] = say("is set; leave empty to keep it")
        elif example := field.schema.get("placeholder") or next(iter(field.schema.get("examples", ())), None):
            attributes["placeholder"] = str(example)
        with block("div", "cn-field"):
            self._label(field, is_set=is_set)
            if field.has_lines:
                control = block("textarea", "wb-input cn-secret", rows="4", **attributes)
            else:
                kind = {"type": "password", "autocomplete": "new-password"} if field.secret else {"type": "text"}
                # As an attribute, which is where typing begins: a property would be put back at every update.
                control = block("input", "wb-input", **{**attributes, **kind, "^value": value})
            self._about(field, control)
            if is_set:
                with block("label", "cn-check"):
                    block("input", type="checkbox", name=REMOVED + field.name)
                    text("span", say("Remove {title}", title=field.title))

    def _choice(self, field: ConnectionField) -> None:
        now = shown(self._public, field.name) or str(field.schema.get("default", ""))
        with block("div", "cn-field"):
            self._label(field)
            with block("select", "wb-select", name=field.name) as control:
                if "default" not in field.schema:
                    text("option", say("not given"), value="")
                for one in map(str, field.schema["enum"]):
                    text("option", one, value=one, selected=one == now)
            self._about(field, control)

    def _box(self, field: ConnectionField) -> None:
        with block("div", "cn-field"):
            with block("label", "cn-check"):
                ticked = shown(self._public, field.name) == "true"
                control = block("input", type="checkbox", name=field.name, checked=ticked)
                text("span", field.title)
            self._about(field, control)

    def _label(self, field: ConnectionField, *, is_set: bool = False) -> None:
        with block("div", "cn-label"):
            text("label", field.title, _for=f"cn-{field.name}")
            if field.name in self._required or field.name == NAME:
                text("span", say("required"), "wb-quiet")
            if is_set:
                text("span", say("is set"), "wb-chip wb-chip--good")

    def _about(self, field: ConnectionField, control: ui.element) -> None:
        said = block("div", "cn-wrong", id=f"cn-{field.name}-wrong")
        described = [f"cn-{field.name}-wrong"]
        if about := field.schema.get("description"):
            text("p", str(about), "wb-quiet", id=f"cn-{field.name}-about")
            described.append(f"cn-{field.name}-about")
        if where := field.schema.get("help"):
            with block("details", "cn-help"):
                text("summary", say("Where to find the {title}", title=field.title))
                text("p", str(where))
        set_attributes(control, {"id": f"cn-{field.name}", "aria_describedby": " ".join(described)})
        self._inputs[field.name] = (control, said)


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]
