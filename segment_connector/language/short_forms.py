"""Write out what an action file leaves unsaid because its method, its API, its inputs or an answer say it.

What is wrong with a form is refused here; what it holds is judged when the records are built of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import SpecError
from ..values.paths import get
from .action_records import Endpoint, Paging
from .records import build

# What a method is promised to do (RFC 9110, 9.2): a repeat of POST or PATCH may do more than one call.
EFFECTS: Mapping[str, tuple[str, bool]] = {
    "GET": ("read", True),
    "HEAD": ("read", True),
    "PUT": ("write", True),
    "DELETE": ("delete", True),
    "POST": ("write", False),
    "PATCH": ("write", False),
}
# Members of a file that are part of its request.
_REQUEST = ("query", "style", "explode", "headers", "content", "status")
_ENDPOINT = re.compile(r"(\{\{.*?\}\}|[A-Za-z]+) (/.*)\Z")
_NONE = object()  # null is a value too
_LONE_PATH = re.compile(r"\{\{ ?((?:input|response)(?:\.\w+)+) ?\}\}\Z")


def method_and_path(text: Any, source: object, field: str = "endpoint") -> tuple[str, str]:
    """The two parts of a text like ``GET /sources``.

    :raises SpecError: when it is none.
    """
    found = _ENDPOINT.match(text) if isinstance(text, str) else None
    if found is None:
        message = "'endpoint' is missing" if text is None else "must be one text, a method and a path"
        hint = f"write '{field}: GET /path'"
        if isinstance(text, Mapping):
            hint += ", and 'query', 'headers' and 'status' as separate keys"
        raise SpecError.at(source, "endpoint" if text is not None else "missing_key", message, hint, field=field)
    return found[1], found[2]


def with_effect(members: Mapping[str, Any], source: object) -> dict[str, Any]:
    """An action's members with the effect and the repeatability that its method has, where they are not said.

    :raises SpecError: when there is no endpoint to tell the method.
    """
    method, _path = method_and_path(members.get("endpoint"), source)
    known = dict(zip(("effect", "idempotent"), EFFECTS.get(method, ()), strict=False))
    return {**known, **members}


def with_request(members: Mapping[str, Any], source: str) -> dict[str, Any]:
    """An action's endpoint with the query, headers and status that stand beside it; names in lists as what they mean.

    :raises SpecError: when one of them breaks the language.
    """
    parts = {name: members[name] for name in _REQUEST if name in members}
    rest = {name: value for name, value in members.items() if name not in parts}
    method, path = method_and_path(members.get("endpoint"), source)
    if "query" in parts:
        parts["query"] = named(parts["query"], source, "query")
    if "body" in rest:
        rest["body"] = named(rest["body"], source, "body")
    return {**rest, "endpoint": build(Endpoint, parts, source, "", method=method, path=path)}


def named(tree: Any, source: str, place: str) -> Any:
    """The mapping that a list means: a name in it is that of an input, a mapping in it gives members another value.

    :raises SpecError: when an entry is neither, or a name occurs twice.
    """
    if not isinstance(tree, list):
        return tree
    found: dict[str, Any] = {}
    for index, entry in enumerate(tree):
        members = {entry: f"{{{{ input.{entry} }}}}"} if isinstance(entry, str) else entry
        if not isinstance(members, dict):
            hint = "write the name of an input, or 'name: value' for another one"
            raise SpecError.at(source, "type", "must be a name or a mapping", hint, field=f"{place}.{index}")
        for name in members:
            if name in found:
                message = f"'{name}' occurs twice"
                raise SpecError.at(source, "duplicate_name", message, "keep one of the two", field=f"{place}.{index}")
        found.update(members)
    return found


def with_outputs(members: Mapping[str, Any], apis: Mapping[str, Any]) -> dict[str, Any]:
    """Outputs that say no value have that of their own name, where the API says that its outputs stand.

    :param apis: the APIs as they stand in ``connector.yaml``.
    """
    api, outputs = str(members.get("api")), members.get("outputs")
    if "{{" in api or not isinstance(outputs, dict):  # which API it is, only a call tells
        return dict(members)
    place = get(apis, (api, "answer", "outputs")) or "response.body"
    return {
        **members,
        "outputs": {
            name: {"value": f"{{{{ {place}.{name} }}}}", **one} if isinstance(one, dict) else one
            for name, one in outputs.items()
        },
    }


def with_paging(members: Mapping[str, Any], apis: Mapping[str, Any], source: str) -> dict[str, Any]:
    """``paging: items`` means that these are paged as all lists of the API are.

    :raises SpecError: when the API does not say how.
    """
    if "paging" not in members:
        return dict(members)
    said, name = members["paging"], str(members.get("api"))
    if isinstance(said, str):
        shared = get(apis, (name, "paging"))
        if not isinstance(shared, Mapping):
            hint = f"say it in connector.yaml: apis.{name}.paging, or write cursor, next and items here"
            raise SpecError.at(
                source, "paging", f"the API '{name}' does not say how lists are paged", hint, field="paging"
            )
        said = {**shared, "items": said}
    return {**members, "paging": [build(Paging, said, source, "paging")] if isinstance(said, dict) else said}


def with_examples(members: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Examples with the status of success, and with the outputs that only repeat a member of their response or input.

    :param members: as ``with_request`` and ``with_outputs`` give them.
    """
    examples, outputs, endpoint = members.get("examples"), members.get("outputs"), members["endpoint"]
    if not isinstance(examples, list) or not isinstance(outputs, dict):
        return dict(members)
    places = {
        name: found[1] for name, one in outputs.items()
        if isinstance(one, dict) and isinstance(one.get("value"), str) and (found := _LONE_PATH.match(one["value"]))
    }  # fmt: skip
    whole = [
        _whole(example, places, outputs, endpoint, source, f"examples.{index}.request")
        if isinstance(example, dict) else example
        for index, example in enumerate(examples)
    ]  # fmt: skip
    return {**members, "examples": whole}


def _whole(
    example: dict[str, Any],
    places: Mapping[str, str],
    names: Mapping[str, Any],
    endpoint: Endpoint,
    source: str,
    place: str,
) -> dict[str, Any]:
    example = dict(example)
    request, response = example.get("request"), example.get("response")
    if isinstance(request, str):
        method, path = method_and_path(request, source, place)
        example["request"] = {"method": method, "path": path}
    if isinstance(response, dict):
        example["response"] = {"status": endpoint.status, **response}
    said = example.get("output", {})
    if isinstance(said, dict):
        shown = {name: found for name, place in places.items() if (found := get(example, place, _NONE)) is not _NONE}
        example["output"] = {name: said.get(name, shown.get(name)) for name in names if name in said or name in shown}
        example["output"].update(said)
    return example
