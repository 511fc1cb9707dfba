"""The reference of the language that specs are written in, from its own JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..language.specs import Specs
from ..markup import markdown as md
from .literals import plain

FOLDER = "language"
_SUFFIX = ".schema.json"
_SHARED = ("Parameters", "Rules", "Warnings", "Outputs", "Records of answers")
_DEFINITION = "#/$defs/"


def language_pages(root: Path) -> dict[str, tuple[str, str]]:
    """Title and text by page, one for each schema.

    :param root: the folder of the specs.
    """
    found = {}
    for path in sorted(root.glob(f"schemas/*{_SUFFIX}")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        name = path.name.removesuffix(_SUFFIX)
        if name == "types":
            parts = _shared(Specs(root).types)
        else:
            parts = _members_only(schema.get("$defs", {})) if "properties" not in schema else _whole(schema)
        title = str(schema.get("title", name))
        text = md.page(f"schemas/{path.name}", (f"# {md.text(title)}", md.text(schema.get("description", "")), *parts))
        found[f"{FOLDER}/{name}.md"] = (title, text)
    return found


def _whole(schema: Mapping[str, Any]) -> Iterator[str]:
    """The page of a kind of file: its members, then the constructs that they name."""
    yield "## Members of the file"
    yield md.table(("Name", "Value", "Required", "Meaning"), _rows(schema, ""))
    for name, below in schema.get("$defs", {}).items():
        yield f"## {_heading(name)}"
        yield md.text(below.get("description", ""))
        if rows := list(_rows(below, "")):
            yield md.table(("Name", "Value", "Required", "Meaning"), rows)
        else:
            yield f"{md.sentence(_value(below))}"


def _shared(types: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The page of shared definitions: by file, in the order of the files."""
    for file in dict.fromkeys(reference.partition("#")[0] for reference in types):
        yield f"## {file}"
        own = {reference: one for reference, one in types.items() if reference.startswith(f"{file}#")}
        yield from _members_only(own, level=3)


def _members_only(definitions: Mapping[str, Mapping[str, Any]], level: int = 2) -> Iterator[str]:
    """Definitions by what they are."""
    kinds: dict[str, list[tuple[str, str, str]]] = {kind: [] for kind in _SHARED}
    for name, one in definitions.items():
        if "when" in one:
            kinds["Warnings"].append((md.code(name), md.code(one["field"]), _said(one["warn"], one["hint"])))
        elif "value" in one:
            kinds["Outputs"].append((md.code(name), _value(one), md.text(str(one.get("description", "")))))
        elif "message" in one:
            kinds["Rules"].append((md.code(name), md.code(one["field"]), _said(one["message"], one["hint"])))
        else:
            kind = "Records of answers" if name.rpartition("#")[2][:1].isupper() else "Parameters"
            kinds[kind].append((md.code(name), _value(one), md.text(str(one.get("description", "")))))
    for kind, rows in kinds.items():
        if rows:
            yield f"{'#' * level} {kind}"
            yield md.table(("Name", "At" if kind in ("Rules", "Warnings") else "Value", "Meaning"), rows)


def _said(message: str, hint: str) -> str:
    return f"{md.text(md.sentence(message))} {md.text(md.sentence(hint))}"


def _rows(schema: Mapping[str, Any], before: str) -> Iterator[tuple[str, str, str, str]]:
    required = schema.get("required", ())
    for name, below in schema.get("properties", {}).items():
        meaning = [md.text(str(below.get("description", "")))]
        if "default" in below:
            meaning.append(f"If left out: {md.code(plain(below['default']))}.")
        if isinstance(below.get("propertyNames"), Mapping) and "pattern" in below["propertyNames"]:
            meaning.append(f"Names match {md.code(below['propertyNames']['pattern'])}.")
        if "pattern" in below:
            meaning.append(f"Matches {md.code(below['pattern'])}.")
        needed = "yes" if name in required else "no"
        yield md.code(before + name), _value(below), needed, " ".join(filter(None, meaning)) or " "
        yield from _rows(below, f"{before}{name}.")
        rest = below.get("additionalProperties")
        if isinstance(rest, Mapping):
            yield from _rows(rest, f"{before}{name}.*.")


def _value(schema: Mapping[str, Any]) -> str:
    """What a value may be, with links to constructs on the same page."""
    if (target := str(schema.get("$ref", ""))).startswith(_DEFINITION):
        name = _heading(target.removeprefix(_DEFINITION))
        return md.link(name.lower(), f"#{md.slug(name)}")
    if "enum" in schema:
        return " or ".join(md.code(plain(value)) for value in schema["enum"])
    if "const" in schema:
        return md.code(plain(schema["const"]))
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_value(one) for one in schema["anyOf"]))
    named = schema.get("type")
    if named is None:
        return "any"
    words = [_NOUNS.get(kind, kind) for kind in ([named] if isinstance(named, str) else named)]
    inside = schema.get("items") if "array" in (named, *named) else schema.get("additionalProperties")
    if isinstance(inside, Mapping) and inside:
        return f"{' or '.join(words)} of {_value(inside)}"
    return " or ".join(words)


_NOUNS = {"string": "text", "integer": "whole number", "boolean": "true/false", "array": "list", "object": "mapping"}


def _heading(name: str) -> str:
    """``errorCase`` as a heading: ``Error case``."""
    spaced = "".join(f" {char.lower()}" if char.isupper() else char for char in name)
    return spaced[:1].upper() + spaced[1:]
