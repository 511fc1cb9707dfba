"""The reject file: every record that was not delivered, one line of JSON each, in the order of the source."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from ..errors import InputError
from .checkpoint import Checkpoint
from .read.json_lines import LineCounter
from .reject_groups import RejectGroups


def write_rejects(
    memory: Checkpoint, target: str, files: Mapping[str, str], groups: RejectGroups | None = None
) -> str | None:
    """Write what the checkpoint knows of rejects; it takes the place of what an earlier run wrote.

    :param target: the file to write.
    :param files: path by name of the files of lines, whose line numbers are counted here.
    :param groups: collects what is written by reason.
    :returns: ``target``, or ``None`` when nothing was rejected.
    :raises InputError: when it cannot be written.
    """
    rejects = memory.rejects()
    first = next(rejects, None)
    path = Path(target)
    try:
        replaceable = path.is_file() or not path.exists()  # a pipe or a device stays what it is
        if first is None:
            if replaceable:
                path.unlink(missing_ok=True)
            return None
        draft = path.with_name(path.name + ".part") if replaceable else path
        with draft.open("w", encoding="utf-8", errors="backslashreplace") as file:
            numbered = _numbered(chain([first], rejects), files)
            for reject in numbered if groups is None else groups.collecting(numbered):
                file.write(json.dumps(reject, ensure_ascii=False) + "\n")
        if replaceable:
            draft.replace(path)
    except OSError as error:
        hint = "make room, or name another file with --rejects; run the same command again, nothing is sent twice"
        raise InputError.of("rejects", f"cannot be written: {error.strerror}", hint, path=target) from error
    return target


def _numbered(
    rejects: Iterator[tuple[str, int, int | None, dict[str, Any]]], files: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    for name, group in groupby(rejects, key=lambda row: row[0]):
        counter: LineCounter | None = None
        for _, position, line, reject in group:
            if line is not None or files.get(name, "-") == "-":
                yield {"file": name, **reject}
                continue
            counter = counter or LineCounter(files[name])
            reject.pop("position", None)
            yield {"file": name, "line": counter.line_at(position), **reject}
        if counter is not None:
            counter.close()
