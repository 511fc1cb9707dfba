"""The catalogue in the shape that all platforms share: what a builder can show, check and call without knowing us.

It is made of specs and profile alone, its members stand in a fixed order, and nothing in it depends on time or machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .. import __version__
from ..http.auth import schemes_of
from ..language.action_records import Action
from ..language.connector_records import ConnectorSpec
from ..redact import has_secret
from ..schema.form_hints import form_hints, nested_hints, plain_schema, type_word
from ..templates.compiler import Compiler
from ..values.paths import schema_at
from .listed_action import Listed
from .platform import Platform
from .trigger_entry import trigger_entry

# The shape's own version: a reader that knows 1 may be given more members, and never other meanings.
ENTRY_VERSION = 1
_LIMIT_NAMES = ("connector",)


def entry(platform: Platform) -> dict[str, Any]:
    """The catalogue of a platform as JSON values."""
    profile, spec = platform.profile, platform.specs.connector
    actions = [_action(platform, name, order) for order, name in enumerate(platform, start=1)]
    return _given(
        entry_version=ENTRY_VERSION,
        version=__version__,
        platform=_given(name=profile.name, title=profile.title, summary=profile.summary),
        connector=_given(
            name=spec.name,
            title=spec.title,
            summary=spec.summary,
            description=profile.description or spec.description,
            docs=spec.docs,
            website=spec.website,
        ),
        icon=_icon(platform),
        categories=list(profile.categories or spec.categories),
        auth=_auth(platform),
        regions=_regions(spec),
        groups=_groups(platform, actions),
        limits=limits(platform),
        actions=actions,
        triggers=[trigger_entry(name, one, profile.types) for name, one in platform.triggers.items()],
    )


def action_entry(platform: Platform, name: str) -> dict[str, Any]:
    """What the catalogue says of one action, without reading the others.

    :raises UnknownActionError: when it lists none of that name.
    """
    platform.listed(name)
    names = list(platform)
    return _action(platform, name, (names.index(name) if name in names else len(names)) + 1)


def _action(platform: Platform, name: str, order: int) -> dict[str, Any]:
    listed, answers = platform.listed(name), platform.answers(name)
    action = listed.action
    parameters = [_parameter(listed, parameter, place) for place, parameter in enumerate(listed.parameters, start=1)]
    example = action.examples[0] if action.examples else None
    return _given(
        name=name,
        title=listed.title,
        summary=listed.words.text(action.summary),
        description=listed.description if listed.entry.description else listed.words.text(action.description),
        action=action.name,
        preset_of=action.beneath,
        presets=[
            {"name": one.name, "title": one.title, "summary": one.summary, "family": one.family}
            for one in platform.presets(action.name)
        ]
        or None,
        group=action.group,
        order=order,
        effect=action.effect,
        hints={
            "read_only": action.effect == "read",
            "destructive": action.effect == "delete",
            "idempotent": action.idempotent,
        },
        confirm=action.confirm,
        stability=action.stability,
        deprecated=action.deprecated and {"since": action.deprecated.since, "use": action.deprecated.use},
        docs=action.docs,
        parameters=parameters,
        rules=[{"field": rule.field, "message": rule.message, "hint": rule.hint} for rule in listed.rules],
        input_schema=_input_schema(listed),
        outputs=[
            _given(name=output, type=type_word(schema, platform.profile.types), description=schema.get("description"),
                   required=required, fields=_fields(schema, platform.profile.types))
            for output, schema, required in _outputs(platform, name)
        ],
        output_schema=plain_schema(answers.schema),
        limits=_limits_of(platform, action),
        paging=[
            _given(kind=None if paging.kind == "cursor" else paging.kind, cursor=paging.cursor, page=paging.page,
                   offset=paging.offset, size=paging.size, next=paging.next, more=paging.more, total=paging.total,
                   items=paging.items)
            for paging in action.paging
        ],
        sample=example and {"title": example.title, "input": listed.sample(example.input),
                            "output": answers.sample(example)},
    )  # fmt: skip


def _parameter(listed: Listed, name: str, order: int) -> dict[str, Any]:
    schema = listed.parameters[name]
    binding = next(one for one in listed.bindings if one.name == name)
    shown = {word: schema[word] for word in ("default", "enum", "format", "examples") if word in schema}
    hints = form_hints(schema)
    below = dict(nested_hints(schema, name))
    return _given(
        name=name,
        title=schema.get("title", name),
        type=binding.listed.type or type_word(schema, listed.profile.types),
        required=name in listed.required,
        description=schema.get("description"),
        **shown,
        fields=_fields(schema, listed.profile.types),
        ui=_given(
            order=order,
            group=schema.get("group") or ("advanced" if schema.get("advanced") else "main"),
            advanced=bool(schema.get("advanced")),
            secret=has_secret(schema),
            placeholder=schema.get("placeholder"),
            hint=hints.get("hint"),
            filled_in=hints.get("generate"),
            dropdown=hints.get("options"),
            entries=hints.get("entries"),
            members=below or None,
        ),
        becomes=_given(
            parameter=binding.target, connection=binding.connection,
            read_as=binding.listed.read_as,
        ),
    )  # fmt: skip


def _fields(schema: Mapping[str, Any], words: Mapping[str, str]) -> list[dict[str, Any]] | None:
    """The members of an object, or of the objects in a list, for forms that show a field for each."""
    below: Any = schema
    while "properties" not in below and isinstance(below.get("items"), Mapping):
        below = below["items"]
    return [
        _given(
            name=name,
            title=member.get("title", name),
            type=type_word(member, words),
            required=name in below.get("required", ()),
            description=member.get("description"),
        )
        for name, member in below.get("properties", {}).items()
    ] or None


def _input_schema(listed: Listed) -> dict[str, Any]:
    schema: dict[str, Any] = plain_schema(listed.input_schema)
    if listed.rules:
        schema["allOf"] = [plain_schema(rule.schema) for rule in listed.rules]
    return schema


def _outputs(platform: Platform, name: str) -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    schema = platform.answers(name).schema
    for output, below in schema["properties"].items():
        yield output, below, output in schema["required"]


def _auth(platform: Platform) -> dict[str, Any]:
    spec, credentials = platform.specs.connector, platform.profile.credentials
    properties = spec.connection.properties
    fields = []
    if credentials is None:
        for order, (name, schema) in enumerate(properties.items(), start=1):
            fields.append(_field(name, schema, name, order, required=name in spec.connection.required))
    else:
        for order, (name, field) in enumerate(credentials.fields.items(), start=1):
            own = schema_at(spec.connection.schema, field.connection)
            said = {"title": field.title, "description": field.description, "placeholder": field.format}
            schema = {**own, **{word: value for word, value in said.items() if value is not None}}
            fields.append(_field(name, schema, field.connection, order, required=field.required))
    return _given(
        title=credentials.title if credentials else None,
        description=credentials.description if credentials else None,
        steps=list(credentials.steps) if credentials else None,
        fields=fields,
        schemes=[
            _given(name=scheme.id, type=scheme.type, needs=list(scheme.needs), apis=apis)
            for scheme in schemes_of(spec).values()
            if (apis := [api.name for api in spec.apis.values() if scheme.id in api.auth])
        ],
        test=[
            _given(title=test.title, needs=list(test.needs), says=test.message, hint=test.hint,
                   proves=bool(test.verified_by) or test.auth is not None)
            for test in spec.connection.test
        ],
    )  # fmt: skip


def _field(name: str, schema: Mapping[str, Any], becomes: str, order: int, *, required: bool) -> dict[str, Any]:
    return _given(
        name=name,
        title=schema.get("title", name),
        type=schema.get("type"),
        required=required,
        secret=has_secret(schema),
        description=schema.get("description"),
        help=schema.get("help"),
        format=schema.get("placeholder") or schema.get("pattern"),
        placeholder=schema.get("placeholder"),
        advanced=bool(schema.get("advanced")),
        order=order,
        connection=becomes,
        environment=schema.get("env"),
        schema=plain_schema(schema),
    )


def _regions(spec: ConnectorSpec) -> list[dict[str, Any]]:
    region = spec.connection.properties.get("region", {})
    return [
        {
            "name": name,
            "default": name == region.get("default"),
            "servers": {
                api.name: server
                for api in spec.apis.values()
                if (server := api.by_region.get(name) or api.by_region.get(""))
            },
        }
        for name in region.get("enum", ())
    ]


def _groups(platform: Platform, actions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    known = platform.specs.connector.groups
    used = dict.fromkeys(action["group"] for action in actions)
    order = [name for name in known if name in used] + [name for name in used if name not in known]
    return [
        _given(
            name=name,
            title=known[name].title if name in known else name,
            summary=known[name].summary if name in known else None,
            actions=[action["name"] for action in actions if action["group"] == name],
        )
        for name in order
    ]


def limits(platform: Platform) -> dict[str, Any]:
    """What the APIs behind a catalogue take at most, and what its profile says of it in words (``notes``)."""
    spec, profile = platform.specs.connector, platform.profile
    used = {platform.listed(name).action.api for name in platform}
    facts = {
        "connector": {"apis": {api.name: {"rate_limit": dict(api.rate_limit or {})} for api in spec.apis.values()}}
    }
    compiler = Compiler(_LIMIT_NAMES, (), profile.path)
    notes = [
        compiler.template(compiler.text(text, f"limits.{index}"), f"limits.{index}").evaluate(facts)
        for index, text in enumerate(profile.limits)
    ]
    apis = [
        _given(api=api.name, title=api.title, docs=api.docs, rate_limit=api.rate_limit and dict(api.rate_limit))
        for api in spec.apis.values()
        if api.name in used or any("{{" in name for name in used)
    ]
    return _given(apis=apis, notes=notes or None)


def _limits_of(platform: Platform, action: Action) -> dict[str, Any] | None:
    api = platform.specs.connector.apis.get(action.api)
    limits, split = action.limits, action.split
    own = limits.requests and {"requests": limits.requests, "seconds": limits.seconds or 1}
    return _given(
        body_bytes=limits.body_bytes,
        rate_limit=own or (dict(api.rate_limit) if api and api.rate_limit else None),
        note=limits.note,
        split=split and _given(parameter=split.parameter, max_items=split.max_items, max_bytes=split.max_bytes,
                               item_bytes=split.item_bytes),
    ) or None  # fmt: skip


def _icon(platform: Platform) -> dict[str, str] | None:
    folder = platform.specs.root / "catalogs" / "icons"
    name = platform.specs.connector.name
    found = {
        theme: path.read_text(encoding="utf-8").strip()
        for theme in ("light", "dark")
        if (path := folder / f"{name}-{theme}.svg").is_file()
    }
    return found or None


def _given(**members: Any) -> dict[str, Any]:
    """The members that have a value, in the order in which they are written."""
    return {name: value for name, value in members.items() if value is not None and value != {}}
