"""Parts of a source: cut so that several can work, and remembered in checkpoints of their own where these are apart.

Such checkpoints are in a folder beside that of the run, each written by whoever delivers the part, on whatever machine;
the run takes over what they remember. What one that was cut off leaves, the next takes over, by whatever engine.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from ...errors import InputError
from ..checkpoint import Checkpoint
from ..checkpoint_form import IN_USE
from ..read.forms import cut as row_starts
from ..read.json_lines import line_starts, seekable
from ..read.partition import Partition
from ..read.reading import UNSAID, Reading
from ..tally import Tally

NOT_THERE = "checkpoint_not_there"
"""The code of the problem that a worker does not see the checkpoint of its part."""

# Whoever writes for a run that is gone notices it sooner than this.
_PATIENCE = 30.0
_UNSEEN = 5.0  # network storage may show a new file late
_SUFFIX = ".checkpoint"
_PIECE = 8_000_000  # bytes; less is not worth another process


def cut(left: Iterable[Partition], workers: int, each: int = 8, reading: Reading = UNSAID) -> list[Partition]:
    """Partitions cut so that every worker has something to do until the end.

    :param each: parts that a worker gets, about, of a partition that is big enough.
    :param reading: how the source is read.
    """
    found: list[Partition] = []
    for partition in left:
        size = partition.end - partition.start if partition.end is not None else 0
        if partition.format == "jsonl" and size and seekable(partition):
            parts = min(size // _PIECE + 1, workers * each)
            starts = line_starts(partition.path, partition.start, partition.start + size, parts)
        else:
            starts = row_starts(partition, workers * each, reading)
        ends = [*starts[1:], partition.end]
        found += [replace(partition, start=start, end=end) for start, end in zip(starts, ends, strict=True)]
    return found


def folder_of(checkpoint: str) -> Path:
    """The folder of the parts of a run.

    :param checkpoint: the file of the run's own checkpoint.
    """
    return Path(f"{checkpoint}.d")


def make_part(path: Path) -> None:
    """Make the checkpoint of a part, before anybody is told to deliver it.

    :raises InputError: when it cannot be made.
    """
    Checkpoint(str(path)).close()


def open_part(path: Path, seconds: float = _PATIENCE) -> Checkpoint:
    """The checkpoint of a part, as soon as nobody else has it: one that lost its connection may still be at work.

    :param seconds: how long to wait for that; for the file to be seen here, less.
    :raises InputError: when it is not there, because the run took it over or its folder is not shared; when somebody
        still has it; when it cannot be used.
    """
    begun = time.monotonic()
    while True:
        try:
            return _there(path)
        except InputError as error:  # noqa: PERF203 - it waits
            patience = {IN_USE: seconds, NOT_THERE: min(seconds, _UNSEEN)}.get(error.code, 0.0)
            if time.monotonic() - begun >= patience:
                raise
            time.sleep(0.1)


def _there(path: Path) -> Checkpoint:
    if not path.exists():  # SQLite would make it
        hint = "name a file with --checkpoint in a folder that every worker can write to, by the same path"
        raise InputError.of(NOT_THERE, "the run's part cannot be seen here", hint, path=str(path))
    return Checkpoint(str(path))


def take_over(path: Path, memory: Checkpoint, seconds: float = _PATIENCE) -> Tally:
    """Let a run's checkpoint remember what that of a part does, and remove the latter.

    :param seconds: how long to wait until nobody else has it.
    :returns: sums of what the part remembers; nothing of a part that is not there.
    :raises InputError: as ``open_part``, and when the run's checkpoint cannot be written.
    """
    if not path.exists():
        return Tally()
    with open_part(path, seconds) as part:
        memory.absorb(part)
        tally = part.counted()
    _remove(path)
    return tally


def take_over_all(folder: Path, memory: Checkpoint) -> None:
    """Take over every part that is in a folder, and remove the folder.

    :raises InputError: as ``take_over``.
    """
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        take_over(path, memory)
    with contextlib.suppress(OSError):  # it is not there, or somebody keeps something in it
        folder.rmdir()


def forget(folder: Path) -> None:
    """Remove the parts of a folder, and it."""
    for path in folder.glob(f"*{_SUFFIX}"):
        _remove(path)
    with contextlib.suppress(OSError):
        folder.rmdir()


def part_path(folder: Path, run: str, number: int) -> Path:
    """The file of a part.

    :param run: names the run, so that nobody who works for an earlier one writes into it.
    """
    return folder / f"{run}-{number}{_SUFFIX}"


def _remove(path: Path) -> None:
    for name in (path, f"{path}-wal", f"{path}-shm"):
        Path(name).unlink(missing_ok=True)
