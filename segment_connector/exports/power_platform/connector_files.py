"""The files of a custom connector for each group of actions, within the limits of Power Platform."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...language.action_records import Action
from ...language.trigger_files import Triggers
from ...language.trigger_records import Trigger
from ..export import SERVICE, ExportOptions, json_file
from .api_properties import BRAND, direct_properties, service_properties
from .direct_definition import direct_definition
from .service_definition import service_definition

if TYPE_CHECKING:
    from ...connector import Connector

MOST_BYTES = 1_000_000
"""Of a definition: https://learn.microsoft.com/connectors/custom-connectors/define-openapi-definition"""

_DEFINITION, _PROPERTIES, _ICON = "apiDefinition.swagger.json", "apiProperties.json", "icon.png"
_SETTINGS = {"apiDefinition": _DEFINITION, "apiProperties": _PROPERTIES, "icon": _ICON}
_SIDE = 160  # pixels; Microsoft asks for 100 to 230


def connector_files(connector: Connector, options: ExportOptions) -> Mapping[str, bytes]:
    """As ``Export.files`` says it."""
    write = _service if options.mode == SERVICE else _direct
    files: dict[str, bytes] = {}
    rows, absent = [], []
    for folder, group, operations, definition, properties, missing in write(connector, options):
        files[f"{folder}/{_DEFINITION}"] = definition
        files[f"{folder}/{_PROPERTIES}"] = json_file(properties)
        files[f"{folder}/settings.json"] = json_file(_SETTINGS)
        files[f"{folder}/{_ICON}"] = _icon()
        rows.append((folder, group, operations))
        absent += missing
    files["README.md"] = _readme(connector, options, rows, absent).encode()
    return files


def left_out(connector: Connector, options: ExportOptions) -> list[str]:
    """As ``Export.left_out`` says it."""
    return [] if options.mode == SERVICE else [name for made in _direct(connector, options) for name in made[-1]]


_Made = tuple[str, str, int, bytes, dict[str, Any], list[str]]


def _service(connector: Connector, options: ExportOptions) -> Iterator[_Made]:
    specs = connector.specs
    known = Triggers(specs)
    wanted: dict[str, tuple[list[Action], list[Trigger]]] = {}
    for action in options.actions:
        wanted.setdefault(action.group, ([], []))[0].append(action)
    for name in known:
        trigger = known[name]
        if trigger.group in wanted:
            wanted[trigger.group][1].append(trigger)
    properties = service_properties(options)
    for group, (actions, triggers) in wanted.items():

        def definition(part: Sequence[Action], number: int, group: str = group) -> bytes:
            more = wanted[group][1] if number == 1 else []
            return json_file(service_definition(specs, options, group, part, more))

        for folder, part, text in _parts(group, actions, definition):
            operations = len(part) + (len(triggers) if folder == group else 0)
            yield folder, group, operations, text, properties, []


def _direct(connector: Connector, options: ExportOptions) -> Iterator[_Made]:
    specs = connector.specs
    wanted: dict[str, list[Action]] = {}
    computed = []
    for action in options.actions:
        if action.api in specs.connector.apis:
            wanted.setdefault(action.group, []).append(action)
        else:
            computed.append(action.name)
    for group, actions in wanted.items():
        missing: list[str] = []

        def definition(part: Sequence[Action], _: int, group: str = group, left: list[str] = missing) -> bytes:
            made = direct_definition(specs, options, group, part)
            left[:] = made.left_out
            return json_file(made.swagger)

        properties = direct_properties(specs, specs.connector.apis[actions[0].api])
        for folder, part, text in _parts(group, actions, definition):
            yield folder, group, len(part) - len(missing), text, properties, [*missing, *computed]
            computed = []


def _parts(
    group: str, actions: Sequence[Action], definition: Callable[[Sequence[Action], int], bytes]
) -> Iterator[tuple[str, Sequence[Action], bytes]]:
    """The definitions of a group: one, or several where it would be too large."""
    left, number = list(actions), 1
    while left or number == 1:
        size = len(left)
        text = definition(left, number)
        while len(text) >= MOST_BYTES and size > 1:
            size = (size + 1) // 2
            text = definition(left[:size], number)
        yield group if number == 1 else f"{group}-{number}", left[:size], text
        left, number = left[size:], number + 1


def _icon() -> bytes:
    """A square of the brand's colour with two bars, as PNG; not packed, so that every zlib gives the same bytes."""
    half = _SIDE // 8
    empty, bar = bytes(half), bytes(half // 4) + b"\xff" * (half // 2) + bytes(half - half // 4 - half // 2)
    rows = b"".join(
        b"\x00" + (bar if any(start <= row < start + 20 for start in (50, 90)) else empty) for row in range(_SIDE)
    )
    colour = bytes.fromhex(BRAND.removeprefix("#"))

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 1, 3, 0, 0, 0)
    chunks = chunk(b"IHDR", header), chunk(b"PLTE", colour + b"\xff\xff\xff"), chunk(b"IDAT", zlib.compress(rows, 0))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + chunk(b"IEND", b"")


def _readme(
    connector: Connector, options: ExportOptions, rows: Sequence[tuple[str, str, int]], absent: Sequence[str]
) -> str:
    spec = connector.spec
    lines = [f"| `{folder}` | {spec.groups[group].title if group in spec.groups else group} | {operations} |"
             for folder, group, operations in rows]  # fmt: skip
    way = (
        "They call the connector's own service (its command `serve`), which has to be reached from the internet by\n"
        "https. A connection asks for its address and its token."
    )
    if options.mode != SERVICE:
        way = (
            f"They call {spec.title} itself. A definition computes nothing: rules between parameters are not checked,\n"
            "ids and instants are not made, and a repeat may count twice. Service mode has all of it."
        )
    missing = ""
    if absent:
        missing = f"\nNot in it, since a definition cannot describe the request: {', '.join(absent)}.\n"
    return f"""# {spec.title} for Power Platform

Custom connectors for Power Automate, Power Apps, Logic Apps and Copilot Studio, one a folder (version
{options.version}).

{way}

| folder | for | operations |
| --- | --- | --- |
{chr(10).join(lines)}
{missing}
## Import one

In Power Automate: More > Discover all > Custom connectors > New custom connector > Import an OpenAPI file, and choose
`apiDefinition.swagger.json` of the folder. The policies of `apiProperties.json` (address and header) are imported by
Microsoft's command line in place of it, which takes all files at once:

    pip install paconn
    paconn login
    paconn create --settings FOLDER/settings.json
"""
