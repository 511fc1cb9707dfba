"""The proof of a job: what was asked of the service and what became of it, without the entries themselves."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from ..errors import InputError

Sending = Literal["open", "sending", "asked", "refused"]


@dataclass(slots=True)
class Part:
    """One call.

    :ivar first: place of its first entry among all, from 1, and ``count`` how many it has.
    :ivar checksum: SHA-256 of the entries, one on a line.
    :ivar sending: ``sending`` is written before the call, so a run that was cut off cannot tell whether it was made.
    :ivar id: what the service calls it.
    :ivar state: how far the service says that it is, and ``detail`` what it says beside that.
    """

    first: int
    count: int
    checksum: str
    sending: Sending = "open"
    id: str | None = None
    asked_at: str | None = None
    state: str | None = None
    state_at: str | None = None
    detail: Any = None
    error: str | None = None


@dataclass(slots=True)
class Proof:
    """What was asked.

    :ivar path: its file.
    :ivar input: the inputs of the job.
    :ivar checksum: SHA-256 of all entries, one on a line.
    """

    path: str
    job: str
    input: Mapping[str, Any]
    source: str
    count: int
    checksum: str
    created_at: str
    parts: list[Part] = field(default_factory=list)

    def save(self) -> None:
        """Write it, all or nothing, and only for its owner to read."""
        told = {name: value for name, value in asdict(self).items() if name != "path"}
        text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
        aside = f"{self.path}.new"
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).replace(self.path)


def checksum_of(values: Iterable[str]) -> str:
    """SHA-256 of entries, one on a line."""
    return hashlib.sha256("\n".join(values).encode("utf-8", "surrogatepass")).hexdigest()


def read_proof(path: str) -> Proof | None:
    """The proof in a file; ``None`` when there is none.

    :raises InputError: when the file is something else.
    """
    try:
        told = json.loads(Path(path).read_text(encoding="utf-8"))
        parts = [Part(**part) for part in told.pop("parts")]
        return Proof(path=path, parts=parts, **told)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InputError.of(
            "unreadable", f"the proof cannot be read: {error.strerror}", "check its name", path=path
        ) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        hint = "name another file for the proof; this one is left as it is"
        raise InputError.of("proof", "the file is not a proof of a job", hint, path=path) from None
