"""What the connector is in JavaScript: its specs as data, its templates as functions, and the runtime beside them.

One writer for all hosts in JavaScript. ``javascript_files`` gives the files; ``new Connector(require('./actions.json'),
require('./templates.js'))`` of ``connector.js`` then makes the requests that ``Connector.plan`` makes in Python.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any

from ...call.caller import Caller
from ...call.compiled_action import CompiledAction
from ...call.outcome import ANSWER_NAMES
from ...call.paging import link_parameter
from ...http.auth import Scheme
from ...language.action_records import Action
from ...language.connector_records import Api
from ...templates.compiler import Compiler, Template
from .javascript_templates import function_of, key_of

Find = Callable[[str], Action]
_HERE = Path(__file__).parent
# What of a parameter is asked of a value, or told about one; titles and descriptions are for people.
_WORDS = frozenset(
    (
        "additionalProperties", "allOf", "anyOf", "const", "default", "else", "entries", "enum", "examples",
        "exclusiveMaximum", "exclusiveMinimum", "format", "generate", "hint", "if", "items", "maxItems", "maxLength",
        "maxProperties", "maximum", "minItems", "minLength", "minProperties", "minimum", "multipleOf", "not", "oneOf",
        "options", "pattern", "properties", "required", "secret", "then", "type", "uniqueItems",
    )
)  # fmt: skip
SIGNS = ("basic", "bearer", "apiKey")
"""The ways to sign that JavaScript has; a token that has to be fetched first is for Python."""
_USED = (
    "add", "at", "both", "compare", "either", "equal", "filters", "given", "isIn", "joined", "negative", "present",
    "segment", "subtract", "tests", "truthy",
)  # fmt: skip


def runtime_files() -> dict[str, bytes]:
    """The runtime: files in JavaScript by name, as they lie beside this module."""
    return {path.name: path.read_bytes() for path in sorted(_HERE.glob("*.js"))}


def javascript_files(caller: Caller, actions: Iterable[str]) -> dict[str, bytes]:
    """The connector in JavaScript, for calls without Python.

    :param caller: gives compiled actions, and the ways to sign.
    :param actions: the names of those that are to be called; what they look values up with, or call by entry of a list,
        is added.
    :returns: ``actions.json``, ``templates.js`` and the runtime, by name.
    :raises SpecError: for a template that JavaScript cannot render.
    """
    names = sorted(_with_needed(caller.specs.action, actions))
    compiled = {name: caller.compiled(name) for name in names}
    apis = {name: _api(api, caller) for name, api in caller.spec.apis.items() if _is_called(api, compiled.values())}
    spec = {
        "name": caller.spec.name,
        "title": caller.spec.title,
        "user_agent": caller.spec.user_agent,
        "connection": {name: checked_schema(schema, named=True) for name, schema in _connection(caller).items()},
        "auth": {name: _scheme(scheme) for name, scheme in caller.schemes.items() if scheme.type in SIGNS},
        "apis": apis,
        "actions": {name: action_data(one.action, one) for name, one in compiled.items()},
    }
    functions = {
        "apis": {name: _api_templates(caller.spec.apis[name], caller.spec.path) for name in apis},
        "actions": {name: _action_templates(one) for name, one in compiled.items()},
    }
    return {**runtime_files(), "actions.json": as_json(spec), "templates.js": _module(functions)}


def input_data(find: Find, names: Iterable[str]) -> dict[str, Any]:
    """What is asked of inputs, for calls through the service: data of actions without their templates.

    :param find: gives the action of a name.
    """
    return {name: action_data(find(name)) for name in sorted(_with_needed(find, names))}


def as_json(value: Any) -> bytes:
    """A value as the text of a JSON file: short, and the same on every machine."""
    return f"{json.dumps(value, ensure_ascii=False, separators=(',', ':'))}\n".encode()


def action_data(action: Action, compiled: CompiledAction | None = None) -> dict[str, Any]:
    """What JavaScript has to know of an action.

    :param compiled: the action made ready, where it is to be called without the service.
    """
    lists = [
        {**_given(paging), "link_parameter": link_parameter(action, paging)}
        if paging.kind == "link"
        else _given(paging)
        for paging in action.paging
    ]
    data: dict[str, Any] = {
        "parameters": {name: checked_schema(schema) for name, schema in action.parameters.items()},
        "required": list(action.required),
        "rules": [asdict(rule) for rule in action.rules],
        "recorded": None if action.recorded is None else asdict(action.recorded),
        "split": None if action.split is None else asdict(action.split),
        "paging": lists,
        "list": next((name for name, output in action.outputs.items() if output.type == "array"), None),
        "body_bytes": action.limits.body_bytes,
        "confirm": action.confirm,
        "idempotent": action.idempotent,
        "stability": action.stability,
        "errors": {status: asdict(case) for status, case in action.errors.items()},
    }
    if compiled is not None:
        data |= {part: text for part, text in _constants(compiled).items() if text is not None}
        data["needs"] = list(compiled.request.connection)
        own = {part: getattr(action.endpoint, part) for part in ("style", "explode", "content")}
        data["writing"] = {part: value for part, value in own.items() if value is not None}
    return {name: value for name, value in data.items() if value is not None}


def _with_needed(find: Find, actions: Iterable[str]) -> set[str]:
    """The actions, and those that their parameters name."""
    found: set[str] = set()
    left = list(actions)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += _named(find(name).parameters)
    return found


def _named(schemas: Any) -> Iterable[str]:
    for schema in schemas.values():
        if not isinstance(schema, Mapping):
            continue
        if "options" in schema:
            yield schema["options"]["action"]
        yield from schema.get("entries", {}).get("actions", ())
        yield from _named(schema.get("properties", {}))
        yield from _named({"items": schema.get("items")})


def _is_called(api: Api, compiled: Iterable[CompiledAction]) -> bool:
    return any("{{" in one.action.api or one.action.api == api.name for one in compiled)


def _connection(caller: Caller) -> Mapping[str, Mapping[str, Any]]:
    return caller.spec.connection.properties


def checked_schema(schema: Mapping[str, Any], *, named: bool = False) -> dict[str, Any]:
    """A JSON Schema with what a value is held to.

    :param named: whether its title and where its value is found are kept too.
    """
    kept: dict[str, Any] = {}
    for word, value in schema.items():
        if word == "doubts":
            kept[word] = [{"values": doubt["values"]} for doubt in value if "values" in doubt]
        elif named and word in ("title", "description", "help", "placeholder"):
            kept[word] = value
        elif word == "examples":
            kept[word] = value[:1]
        elif word == "properties":
            kept[word] = {name: checked_schema(one) for name, one in value.items()}
        elif word in ("items", "additionalProperties", "not", "if", "then", "else") and isinstance(value, Mapping):
            kept[word] = checked_schema(value)
        elif word in ("allOf", "anyOf", "oneOf"):
            kept[word] = [checked_schema(one) for one in value]
        elif word in _WORDS:
            kept[word] = value
    if not kept.get("doubts", True):
        del kept["doubts"]
    return kept


def _given(record: Any) -> dict[str, Any]:
    """A record as an object, without what it does not say."""
    assert is_dataclass(record)
    return {one.name: value for one in fields(record) if (value := getattr(record, one.name)) is not None}


def _api(api: Api, caller: Caller) -> dict[str, Any]:
    return {
        "title": api.title,
        "servers": api.servers,
        "address": api.address,
        "own_paths": list(api.own_paths),
        "auth": [name for name in api.auth if caller.schemes[name].type in SIGNS],
        "style": api.style,
        "explode": api.explode,
        "content": api.content,
        "media_types": api.media_types,
        "timeout": api.timeout.total,
        "retry": {"statuses": api.retry.statuses, "not_idempotent": list(api.retry.not_idempotent)},
        "answer": {"empty": api.answer.empty, "accepted_texts": list(api.answer.accepted_texts)},
        "errors": {status: asdict(case) for status, case in api.errors.items()},
    }


def _scheme(scheme: Scheme) -> dict[str, Any]:
    """A way to sign, as ``connector.yaml`` says it, and the members of the connection that it needs."""
    said = {one.name.rstrip("_"): getattr(scheme, one.name) for one in fields(scheme)}
    return {"type": scheme.type, "needs": list(scheme.needs), **{key: one for key, one in said.items() if one}}


def _constants(compiled: CompiledAction) -> dict[str, str | None]:
    """The parts of an action's address that are the same for all inputs."""
    request = compiled.request
    found = {"api": request.api, "method": request.method, "path": request.path}
    return {part: _constant(template) for part, template in found.items()}


def _constant(template: Template) -> str | None:
    value: str | None = getattr(template.expression, "value", None)
    return value


def _action_templates(compiled: CompiledAction) -> dict[str, Template | None]:
    request = compiled.request
    parts = {part: getattr(request, part) for part in ("api", "method", "path", "query", "headers", "body")}
    return {**parts, "outputs": compiled.outputs}


def _api_templates(api: Api, path: str) -> dict[str, Template | None]:
    answer = api.answer

    def template(place: str, tree: Any) -> Template:
        compiler = Compiler(ANSWER_NAMES, (), path)
        return compiler.template(compiler.value(tree, place), place)

    made: dict[str, Template | None] = {"error": template("answer.error", dict(answer.error)) if answer.error else None}
    for part in ("refused_when", "retry_after_ms"):
        tree = getattr(answer, part)
        made[part] = template(f"answer.{part}", tree) if tree is not None else None
    return made


def _module(functions: Mapping[str, Mapping[str, Mapping[str, Template | None]]]) -> bytes:
    """The functions as a module; what is the same for all inputs is not a function, and stands in ``actions.json``."""
    lines = []
    for kind, owners in functions.items():
        lines.append(f"\t{kind}: {{")
        for owner, parts in owners.items():
            own = {name: one for name, one in parts.items() if one is not None and _constant(one) is None}
            if own:
                lines += [f"\t\t{key_of(owner)}: {{", *_members(own), "\t\t},"]
        lines.append("\t},")
    body = "\n".join(lines)
    used = [name for name in _USED if f"{name}(" in body or f"{name}." in body]
    head = f"const {{ {', '.join(used)} }} = require('./template_language');"
    text = f"'use strict';\n\n/** The templates of the specs. */\n\n{head}\n\nmodule.exports = {{\n{body}\n}};\n"
    return text.encode()


def _members(parts: Mapping[str, Template]) -> Iterable[str]:
    for name, template in parts.items():
        yield f"\t\t\t{key_of(name)}: {function_of(template, 3)},"
