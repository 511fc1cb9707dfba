"""Where the rows of a list lead to: the forms of the actions that take one of its entries, filled in with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ....language.list_tables import row_actions
from ....values.paths import get
from .form_links import form_link
from .seen_names import remember

if TYPE_CHECKING:
    from ....language.action_records import Action
    from ...backend import Backend


@dataclass(frozen=True, slots=True)
class RowLink:
    """One way on from a row.

    :ivar href: the page of the action, with its inputs.
    """

    action: Action
    href: str


def row_links(
    backend: Backend, action: Action, row: Any, inputs: Mapping[str, Any], connection: str
) -> Iterator[RowLink]:
    """The ways on from one row, reads first and deletes last; what the row is called is remembered.

    :param inputs: those with which the list was read, which actions on its entries may need as well.
    :param connection: the name of the connection with which it was read.
    """
    if not isinstance(row, Mapping):
        return
    specs = backend.connector.specs
    for one in row_actions(specs, action, row):
        other = specs.action(one.action)
        if not backend.policy.permits(other):
            continue
        given = dict(one.inputs)
        for parameter, value in one.inputs.items():
            described = other.parameters[parameter]["options"]
            label = get(row, described.get("label", "name"))
            if isinstance(label, str):
                remember(backend, connection, action.name, value, label)
            for name, source in described.get("inputs", {}).items():
                if name in inputs and source in other.parameters:
                    given[source] = inputs[name]
        yield RowLink(other, form_link(other.name, given))
