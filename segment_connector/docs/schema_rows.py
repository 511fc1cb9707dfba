"""A JSON Schema as rows of a table, one for each place that a value can have, to its full depth."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_OTHERS = "*"


@dataclass(frozen=True, slots=True)
class Row:
    """One place.

    :ivar path: names from the top, ``products[].price``; ``*`` stands for any name, ``[]`` for each entry of a list.
    :ivar schema: what is said of the value there.
    :ivar required: whether it must be given where the object around it is.
    :ivar form: of a value that can have several forms, the one that the row belongs to.
    """

    path: str
    schema: Mapping[str, Any]
    required: bool
    form: str = ""


def rows(properties: Mapping[str, Any], required: Collection[str], before: str = "", form: str = "") -> Iterator[Row]:
    """A row for each property and for all that is below it, parents first.

    :param before: path of the object that has the properties, with a dot behind it.
    """
    for name, schema in properties.items():
        yield Row(f"{before}{name}", schema, name in required, form)
        yield from _below(f"{before}{name}", schema, form)


def _below(path: str, schema: Mapping[str, Any], form: str) -> Iterator[Row]:
    yield from rows(schema.get("properties", {}), schema.get("required", ()), f"{path}.", form)
    for keyword, there in (("additionalProperties", f"{path}.{_OTHERS}"), ("items", f"{path}[]")):
        below = schema.get(keyword)
        if isinstance(below, Mapping) and below:
            if "description" in below:
                yield Row(there, below, required=False, form=form)
            yield from _below(there, below, form)
    for one in schema.get("anyOf", ()):
        yield from _below(path, one, str(one.get("title", form)))
