"""How a file is read: what was detected, and fields for what a person knows better."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from ....bulk.read.encodings import ENCODINGS
from ..markup import block, text
from ..spoken import say, to_say
from .upload import BulkJob, Detected

_FIELDS = {
    "encoding": (to_say("Encoding"), ("csv", "json", "jsonl"), to_say("for example cp1252")),
    "delimiter": (to_say("Delimiter"), ("csv",), to_say("for example ;")),
    "quote": (to_say("Quote"), ("csv",), to_say('for example "')),
    "path": (to_say("List of records"), ("json", "jsonl"), to_say("for example data.events")),
    "sheet": (to_say("Sheet"), ("excel",), to_say("its name or number")),
    "header_row": (to_say("Header row"), ("excel",), to_say("for example 4")),
    "table": (to_say("Table"), ("sqlite",), to_say("its name")),
    "zone": (to_say("Time zone for times without one"), (), to_say("UTC; for example Europe/Madrid")),
}
"""By option of reading: what a person reads, the formats that have it (none for all), and an example."""

_OPTION = re.compile("--([a-z-]+)")


def reading_fields(job: BulkJob, detected: Detected | None, changed: Callable[[], Awaitable[None]]) -> None:
    """Show the fields.

    :param detected: ``None`` where the file could not be read: then there is a field for whatever may help.
    :param changed: called when the file is to be read in another way.
    """
    if detected is not None:
        _show_detected(detected)
    found = {} if detected is None else {"encoding": detected.encoding, "delimiter": _mark(detected.delimiter)}
    with block("div", "bk-reading"):
        for name, (title, formats, example) in _FIELDS.items():
            if detected is None or not formats or detected.format in formats:
                _field(job, name, say(title), found.get(name) or say(example), changed)
    with block("datalist", id="bk-zones"):
        for zone in _zones():
            block("option", value=zone)
    with block("datalist", id="bk-encodings"):
        for encoding in ENCODINGS:
            block("option", value=encoding)


def _field(job: BulkJob, name: str, title: str, example: str, changed: Callable[[], Awaitable[None]]) -> None:
    async def say(event: Any) -> None:
        value = str(event.args)
        value = "\t" if value in ("\\t", "tab") else value if name in ("delimiter", "quote") else value.strip()
        if value != job.said.get(name, ""):
            job.said[name] = value
            await changed()

    lists = {"zone": "bk-zones", "encoding": "bk-encodings"}
    with block("label", "bk-field"):
        text("span", title)
        more = {"list": lists[name]} if name in lists else {}
        given = block(
            "input", "wb-input", type="text", placeholder=example, spellcheck="false",
            **{"^value": _mark(job.said.get(name, ""))}, **more,
        )  # fmt: skip
        given.on("change", say, js_handler="(event) => emit(event.target.value)")


def _show_detected(detected: Detected) -> None:
    said = [detected.title[:1].upper() + detected.title[1:]]
    if detected.encoding:
        said.append(say("encoding {encoding}", encoding=detected.encoding))
    if detected.delimiter:
        said.append(say("cells separated by {mark}", mark=_mark(detected.delimiter)))
    if detected.inside:
        said.append(say("from {inside}", inside=detected.inside))
    text("p", ", ".join(said), "wb-quiet")
    for note in detected.notes:
        text("p", f"{_OPTION.sub(_field_of, note)}.", "wb-note wb-note--warn")


def _field_of(option: re.Match[str]) -> str:
    """What a note calls an option of the command line is a field here."""
    title = _FIELDS.get(option[1].replace("-", "_"), (option[0],))[0]
    return f"'{title}'"


def _mark(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else delimiter


@cache
def _zones() -> list[str]:
    from zoneinfo import available_timezones

    return sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
