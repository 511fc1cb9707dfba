"""Pour a catalogue into a platform's own shape: a tree of templates, with a word for lists.

A mapping ``{each: "{{ actions }}", as: action, value: ...}`` gives a list with one ``value`` for each entry, or, with
``key``, an object; among the entries of a list, it gives several of them. Everything else is a tree of templates as in
a body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import SpecError
from ..language.profile_records import is_each
from ..templates.compiler import Compiler, Template, left_out


class Shape:
    """A platform's shape.

    :param tree: what the profile's ``listing`` says.
    :param path: the file, for errors.
    """

    def __init__(self, tree: Any, path: str) -> None:
        self._tree = tree
        self._path = path
        self._templates: dict[tuple[str, tuple[str, ...]], Template] = {}

    def fill(self, entry: Mapping[str, Any]) -> Any:
        """The listing for a catalogue in the shape that all platforms share."""
        return self._fill(self._tree, dict(entry), "listing")

    def _fill(self, node: Any, names: Mapping[str, Any], place: str) -> Any:
        if is_each(node):
            return self._each(node, names, place)
        if isinstance(node, Mapping):
            filled = {key: self._fill(item, names, f"{place}.{key}") for key, item in node.items()}
            return {key: value for key, value in filled.items() if not left_out(value)}
        if isinstance(node, (list, tuple)):
            made: list[Any] = []
            for index, item in enumerate(node):
                value = self._fill(item, names, f"{place}.{index}")
                if is_each(item) and "key" not in item and isinstance(value, list):
                    made += value
                elif not left_out(value):
                    made.append(value)
            return made
        return self._template(node, names, place).evaluate(names) if isinstance(node, str) else node

    def _each(self, node: Mapping[str, Any], names: Mapping[str, Any], place: str) -> Any:
        entries = self._fill(node["each"], names, f"{place}.each")
        if left_out(entries):
            return entries
        if not isinstance(entries, list):
            message, hint = "'each' is not a list", "name a list, for example {{ actions }}"
            raise SpecError.of("template", message, hint, f"{place}.each", self._path)
        made: list[tuple[Any, Any]] = []
        for item in entries:
            inner = {**names, node.get("as", "item"): item}
            if "when" in node:
                wanted = self._fill(node["when"], inner, f"{place}.when")
                if left_out(wanted) or not wanted:
                    continue
            key = self._fill(node["key"], inner, f"{place}.key") if "key" in node else None
            made.append((key, self._fill(node.get("value"), inner, f"{place}.value")))
        if "key" in node:
            return dict(made)
        return [value for _, value in made if not left_out(value)]

    def _template(self, text: str, names: Mapping[str, Any], place: str) -> Template:
        known = (text, tuple(sorted(names)))
        if known not in self._templates:
            compiler = Compiler(tuple(names), (), self._path)
            self._templates[known] = compiler.template(compiler.value(text, place), place)
        return self._templates[known]
