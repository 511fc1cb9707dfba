"""Events that a program gives as mappings, in blocks."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from ...errors import InputError, Problem
from ...values.json_values import copy_json
from .partition import Block

_ENTRIES = 500  # of a block
_PATIENCE = 0.5  # seconds until a block is taken as it is


def entry_blocks(entries: Iterable[Mapping[str, Any]]) -> Iterator[Block]:
    """Blocks of events; one that is slow in coming holds up those before it for half a second at most.

    What JSON does not have is a problem of its block; whatever the caller's own code raises goes through.
    """
    at = 0
    found = iter(entries)
    while True:
        records: list[Any] = []
        problems: dict[int, Problem] = {}
        originals: dict[int, str] = {}
        until = time.monotonic() + _PATIENCE
        for entry in islice(found, _ENTRIES):
            try:
                records.append(copy_json(entry))
            except InputError as error:
                problems[len(records)] = error.problems[0]
                originals[len(records)] = repr(entry)
                records.append(None)
            if time.monotonic() > until:
                break
        if not records:
            return
        yield Block(at, at + len(records), records, problems=problems, originals=originals, size=0)
        at += len(records)
