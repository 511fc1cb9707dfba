"""No credential can get into an output, and none stands in a file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..call.compiled_action import OUTPUT_NAMES, SPLIT_NAMES
from ..errors import Problem, SpecError
from ..http.auth import schemes_of
from ..language.action_records import Action
from ..language.connector_records import ConnectorSpec
from ..redact import has_secret
from ..templates.compiler import Compiler
from ..values.paths import Place, dotted, strings, undeclared
from .project import Project, Source

NAME = "secrets"

# Shapes that are keys wherever they turn up.
_KEYS = (
    re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{16}"),
    re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),  # a signed JWT
    re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    re.compile(r"\b(?:gh[opsur]|github_pat)_\w{30,}"),
    re.compile(r"\bxox[abeoprs]-[\w-]{20,}"),
    re.compile(r"\b[rs]k_live_\w{16,}"),
)
_FILLER = re.compile(r"x{8,}")
_VARIED = 10


def check(project: Project) -> Iterator[Problem]:
    """Outputs that show a secret, credentials that are not marked, and what looks like a real key."""
    for source, action in project.actions:
        yield from _outputs(project, source, action)
    if project.connector is not None:
        yield from _unmarked(project, project.connector)
    own = list(_own_shapes(project))
    for source in project.sources:
        for place, text in strings(source.data):
            found = [match[0] for shape in own for match in shape.finditer(text) if _varies(match[0])]
            if found or any(shape.search(text) for shape in _KEYS):
                message = "holds what looks like a real key"
                hint = "revoke the key if it is one, and write a made-up one, for example a row of x"
                yield project.problem(source.path, f"{NAME}/key", place, message, hint)


def _outputs(project: Project, source: Source, action: Action) -> Iterator[Problem]:
    for name, output in action.outputs.items():
        for place, text in strings(output.value, ("outputs", name, "value")):
            for path in sorted(_used(action, text, place)):
                if path[0] == "input" and _shows_secret(action.input_schema, path[1:]):
                    message = f"shows '{'.'.join(path)}', which is or holds a secret"
                    hint = "leave it out, or name the properties that are not secret"
                    yield project.problem(source.path, f"{NAME}/output", place, message, hint)


def _used(action: Action, text: str, place: Place) -> set[tuple[str, ...]]:
    compiler = Compiler(SPLIT_NAMES if action.split else OUTPUT_NAMES, (), action.path)
    try:
        compiler.parse(text, dotted(place))
    except SpecError:
        return set()  # the rule 'templates' says so
    return compiler.used


def _shows_secret(schema: Any, path: Sequence[str]) -> bool:
    """Whether the value at a path is secret, stands in a secret, or holds one."""
    for part in path:
        if not isinstance(schema, Mapping):
            return False
        if schema.get("secret"):
            return True
        rest = schema.get("items") if part.isdigit() else schema.get("additionalProperties")
        schema = schema.get("properties", {}).get(part, rest)
    return isinstance(schema, Mapping) and has_secret(schema)


def _unmarked(project: Project, spec: ConnectorSpec) -> Iterator[Problem]:
    """Connection properties that sign requests, but that no output would mask."""
    for scheme in schemes_of(spec).values():
        for place, value in scheme.secrets.items():
            parts = value.split(".")
            known = undeclared(spec.connection.schema, parts) is None
            if known and not _shows_secret(spec.connection.schema, parts):
                message = f"'{value}' signs requests, but the connection does not mark it as a secret"
                hint = f"write 'secret: true' at connection.properties.{value.replace('.', '.properties.')}"
                path = project.connector_file.path
                yield project.problem(path, f"{NAME}/unmarked", ("auth", scheme.id, *place), message, hint)


def _own_shapes(project: Project) -> Iterator[re.Pattern[str]]:
    """The shapes of the service's own keys, as placeholders of secret properties show them: ``key_xxxxxxxxxxxx``."""
    for source, _, schema in project.schemas():
        placeholder = schema.get("placeholder")
        if not (source.kind == "connector" and schema.get("secret") and isinstance(placeholder, str)):
            continue
        if found := _FILLER.search(placeholder):
            before, after = placeholder[: found.start()], placeholder[found.end() :]
            size = len(found[0])
            # With a prefix to know it by, a key may be longer than the placeholder is.
            most = "" if before else str(size)
            yield re.compile(rf"(?<!\w){re.escape(before)}\w{{{size},{most}}}{re.escape(after)}(?!\w)")


def _varies(text: str) -> bool:
    """Whether a text has the variety of a random key; ids in hexadecimal, words and rows of x have not."""
    kinds = ("[a-z]", "[A-Z]", "[0-9]")
    return len(set(text)) >= _VARIED and all(re.search(kind, text) for kind in kinds)
