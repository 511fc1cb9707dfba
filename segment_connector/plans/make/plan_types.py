"""Types and helpers for programs, made of a plan, so that an editor knows the events and their properties.

The types are made by generators that the field keeps up: datamodel-code-generator for Python, json-schema-to-typescript
for TypeScript. What is added here are one function an event, and the names of the events.
"""

from __future__ import annotations

import hashlib
import json
import keyword
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...language.plan_records import PlanSpec
from ...schema.draft_seven import resolved
from ..compare.schema_meaning import BY_NAME, SEVERAL
from ..plan import Plan, Rule

_DRAFT_7 = "http://json-schema.org/draft-07/schema#"
_PACKAGE = "json-schema-to-typescript"
_DEEPEST = 60
# Words of draft 7 that hold no schema and say something of a type.
_PLAIN = (
    "type", "required", "enum", "const", "format", "pattern", "description", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems",
)  # fmt: skip
# Names that generated modules have already, in small letters.
_IMPORTED = (
    "any", "basemodel", "enum", "events", "field", "literal", "notrequired", "rootmodel", "strenum", "typealias",
    "typeddict",
)  # fmt: skip
PYTHON_FORMS = ("typed-dict", "pydantic")


@dataclass(frozen=True, slots=True)
class TypedEvent:
    """An event, or kind of call, for which there is a type.

    :ivar type_name: name of the type; ``function`` that of the helper.
    :ivar action: the action that sends it.
    :ivar members: the input of the action that has this type.
    :ivar fixed: inputs that are always the same: the event's name, the version of its rule.
    """

    rule: Rule
    type_name: str
    function: str
    action: str
    members: str
    fixed: dict[str, Any]


def typed_events(plan: Plan, spec: PlanSpec) -> list[TypedEvent]:
    """The events of a plan with their names in programs, in the order of names; rules for all calls are left out."""
    found: list[TypedEvent] = []
    taken = set(_IMPORTED)
    oldest: dict[tuple[str, str], float] = {}
    for rule in sorted(plan.rules, key=lambda one: one.id):
        call = _call_of(rule, spec)
        if call is None:
            continue
        action, members, fixed = call
        first = oldest.setdefault((rule.type, rule.key or ""), rule.version)
        words = f"{rule.key or action}{'' if rule.version == first else f' v{rule.version}'}"
        name = _pascal(words)
        function = _snake(name)
        if name.casefold() in taken:
            mark = _mark(repr(rule.id))
            name, function = f"{name}{mark.capitalize()}", f"{function}_{mark}"
        taken.add(name.casefold())
        if rule.version != first:  # without a version, the oldest judges
            fixed = {**fixed, **_nested(spec.version.at.split("."), rule.version)}
        found.append(TypedEvent(rule, name, function, action, members, fixed))
    return found


def python_types(plan: Plan, spec: PlanSpec, form: str = "typed-dict") -> str:
    """A module of Python with a type and a function for each event.

    :param form: one of ``PYTHON_FORMS``.
    :raises InputError: when the generator is not installed, or cannot make types of the plan.
    """
    try:
        from datamodel_code_generator import InputFileType, PythonVersion, generate
        from datamodel_code_generator.enums import DataModelType
        from datamodel_code_generator.format import Formatter
    except ImportError:
        hint = "run: pip install 'segment-connector[types]'"
        raise InputError.of("not_installed", "datamodel-code-generator is not installed", hint, "--lang") from None
    kinds = {
        "typed-dict": DataModelType.TypingTypedDict,
        "pydantic": DataModelType.PydanticV2BaseModel,
    }
    # Before 3.11, what a typed dictionary needs stands in typing_extensions.
    version = PythonVersion.PY_311 if sys.version_info >= (3, 11) else PythonVersion.PY_310
    events = _needed(plan, spec)
    with tempfile.TemporaryDirectory() as aside:
        target = Path(aside, "events.py")
        try:
            generate(
                json.dumps(_document(events, named=False)), input_file_type=InputFileType.JsonSchema, output=target,
                output_model_type=kinds[form], target_python_version=version, disable_timestamp=True,
                use_standard_collections=True, use_union_operator=True, use_schema_description=True,
                custom_file_header=_header(plan, "#"), use_title_as_name=True, formatters=[Formatter.BUILTIN],
            )  # fmt: skip
        except Exception as error:  # whatever a generator meets in a schema
            message = f"datamodel-code-generator makes no types of this plan: {str(error)[:200]}"
            raise InputError.of("types", message, "'plan check' shows what is wrong with a schema") from error
        made = target.read_text(encoding="utf-8")
    return _with_imports(made) + "".join(_python_helper(event, form) for event in events)


def typescript_types(plan: Plan, spec: PlanSpec) -> str:
    """A module of TypeScript with a type for each event, and their names.

    :raises InputError: when the generator is not installed, or cannot make types of the plan.
    """
    events = _needed(plan, spec)
    npx = shutil.which("npx")
    hint = f"run: npm install --save-dev {_PACKAGE}"
    if npx is None:
        raise InputError.of("not_installed", "npx, which comes with Node.js, is not installed", hint, "--lang")
    # Nothing is fetched: what runs on somebody's machine is what they installed.
    command = [npx, "--no-install", "json2ts", "--unreachableDefinitions", "--bannerComment", _header(plan, "//")]
    done = subprocess.run(  # noqa: S603 - the program is found by its full path, and the schema is its input
        command,
        input=json.dumps(_document(events, named=True)),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines()
        absent = "npm error" in done.stderr or "npm ERR" in done.stderr or "could not determine" in done.stderr
        if absent or "not found" in done.stderr:
            raise InputError.of("not_installed", f"{_PACKAGE} is not installed here", hint, "--lang")
        message = f"{_PACKAGE} makes no types of this plan: {said[-1][:200] if said else 'it does not say why'}"
        raise InputError.of("types", message, "'plan check' shows what is wrong with a schema")
    return done.stdout + "".join(_typescript_helper(event) for event in events)


def _with_imports(module: str) -> str:
    """A module that imports what the helpers need, too."""
    if re.search(r"^from typing import .*\bAny\b", module, re.MULTILINE):
        return module
    if re.search(r"^from typing import ", module, re.MULTILINE):
        return re.sub(r"^from typing import ", "from typing import Any, ", module, count=1, flags=re.MULTILINE)
    first = "from __future__ import annotations\n"
    return module.replace(first, f"{first}\nfrom typing import Any\n", 1)


def _needed(plan: Plan, spec: PlanSpec) -> list[TypedEvent]:
    events = typed_events(plan, spec)
    if not events:
        raise InputError.of("no_events", "the plan has no event", "add one", plan.place)
    return events


def _call_of(rule: Rule, spec: PlanSpec) -> tuple[str, str, dict[str, Any]] | None:
    """The action that a rule is for, the input whose type it tells, and the inputs that it fixes."""
    general: tuple[str, str, dict[str, Any]] | None = None
    for name, call in spec.calls.items():
        for choice in call.rules:
            if choice.type != rule.type or call.members is None:
                continue
            if choice.name is not None and choice.name == rule.key:
                return name, call.members, {}
            if choice.name is None:
                fixed = {choice.name_at: rule.key} if choice.name_at is not None and rule.key else {}
                general = general or (name, call.members, fixed)
    return general


def _document(events: list[TypedEvent], *, named: bool) -> dict[str, Any]:
    """One schema that has the properties of every event as a definition.

    :param named: whether the schema itself has them by the events' names, or by those of the functions.
    """
    definitions = {}
    for event in events:
        own = event.rule.schema.get("properties", {})
        inner = own.get(event.members) if isinstance(own, dict) else None
        schema = _inlined(inner, event.rule.schema) if isinstance(inner, dict) else {}
        said = event.rule.description or schema.get("description") or f"Properties of {event.rule.name}."
        definitions[event.type_name] = {"type": "object", **schema, "title": event.type_name, "description": said}
    names = {
        (event.rule.key or event.action) if named else event.function: {"$ref": f"#/definitions/{event.type_name}"}
        for event in events
    }
    return {
        "$schema": _DRAFT_7, "title": "Events", "description": "The type of each event's properties, by its name.",
        "type": "object", "properties": names, "definitions": definitions,
        **({"additionalProperties": False} if named else {}),
    }  # fmt: skip


def _inlined(schema: Any, root: Mapping[str, Any], depth: int = 0) -> Any:
    """A schema of draft 7 and no more, with what its references name in their place.

    Generators know words beside draft 7, such as what a type is to be imported from: a plan has no say in that.
    """
    if not isinstance(schema, Mapping) or depth > _DEEPEST:
        return schema if isinstance(schema, bool) else {}
    reference = schema.get("$ref")
    if isinstance(reference, str):
        found = resolved(root, reference) if reference.startswith("#") else None
        return _inlined(found, root, depth + 1)
    made: dict[str, Any] = {word: schema[word] for word in _PLAIN if word in schema}
    for word in BY_NAME[:2]:
        if isinstance(schema.get(word), Mapping):
            made[word] = {name: _inlined(one, root, depth + 1) for name, one in schema[word].items()}
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), (Mapping, bool)):
            made[word] = _inlined(schema[word], root, depth + 1)
    for word in SEVERAL:
        if isinstance(schema.get(word), list):
            made[word] = [_inlined(one, root, depth + 1) for one in schema[word]]
    return made


def _python_helper(event: TypedEvent, form: str) -> str:
    fixed = "".join(f"{name!r}: {value!r}, " for name, value in event.fixed.items())
    given = {
        "typed-dict": event.members,
        "pydantic": f"{event.members}.model_dump(exclude_unset=True, by_alias=True)",
    }[form]
    return (
        f"\n\ndef {event.function}({event.members}: {event.type_name}, **more: Any) -> dict[str, Any]:\n"
        f'    """Inputs of the action {event.action!r} for {_said(event.rule)}."""\n'
        f"    return {{{fixed}{event.members!r}: {given}, **more}}\n"
    )


def _typescript_helper(event: TypedEvent) -> str:
    fixed = "".join(f"{json.dumps(name)}: {json.dumps(value)}, " for name, value in event.fixed.items())
    name = event.function[:1] + _pascal(event.function)[1:]
    return (
        f"\n/** Inputs of the action '{event.action}' for {_said(event.rule)}. */\n"
        f"export const {name} = ({event.members}: {event.type_name}, more: object = {{}}) =>\n"
        f"  ({{ {fixed}{json.dumps(event.members)}: {event.members}, ...more }});\n"
    )


def _said(rule: Rule) -> str:
    return re.sub(r"[^ -~]|[\"\\*]", "?", rule.name)


def _header(plan: Plan, mark: str) -> str:
    name = re.sub(r"[^\w .-]", "", plan.name or "a tracking plan")
    return f"{mark} Made of {name} by 'plan types'. Change the plan, not this file."


def _nested(place: list[str], value: Any) -> dict[str, Any]:
    for name in reversed(place):
        value = {name: value}
    return dict(value)


def _words(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    yield from re.findall(r"[A-Z]+(?![a-z])[0-9]*|[A-Z]?[a-z]+[0-9]*|[0-9]+", plain)


def _pascal(text: str) -> str:
    name = "".join(word[:1].upper() + word[1:] for word in _words(text))
    if not name:
        name = "Event" + _mark(text).capitalize()
    return name if name[0].isalpha() and not keyword.iskeyword(name) else f"Event{name}"


def _mark(text: str) -> str:
    """A few letters that tell a text from others."""
    found = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:6]
    return found.translate(str.maketrans("0123456789", "ghijklmnop"))


def _snake(name: str) -> str:
    found = "_".join(word.lower() for word in _words(name))
    return f"{found}_" if keyword.iskeyword(found) else found
