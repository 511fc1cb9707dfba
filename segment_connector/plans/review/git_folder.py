"""A folder as it was in another revision of git, put aside for as long as it is looked at."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import InputError


@contextmanager
def folder_at(folder: Path, revision: str) -> Iterator[Path | None]:
    """The files of a folder in a revision, copied; ``None`` when it was not there yet.

    :param revision: a branch, tag or commit.
    :raises InputError: when there is no git, no repository or no such revision.
    """
    if revision.startswith("-"):
        raise InputError.of(
            "revision", f"'{revision[:80]}' is not a revision", "name a branch, tag or commit", "--base"
        )
    top = _git(folder, "rev-parse", "--show-toplevel")
    prefix = _git(folder, "rev-parse", "--show-prefix")
    if top is None or prefix is None:
        raise InputError.of("no_repository", f"{folder} is not in a git repository", "leave out --base", "--base")
    if _git(folder, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") is None:
        hint = "name a branch, tag or commit that is here; in CI, check out the whole history or fetch it first"
        raise InputError.of("revision", f"git knows no revision '{revision[:80]}'", hint, "--base")
    place = f"{revision}:{prefix.decode().strip().rstrip('/')}"
    packed = _git(Path(top.decode().rstrip("\n")), "archive", "--format=tar", place)
    if packed is None:
        yield None  # the revision has no such folder
        return
    with tempfile.TemporaryDirectory() as aside:
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            for member in archive.getmembers():
                path = Path(aside, member.name)
                content = archive.extractfile(member) if member.isfile() else None
                if content is not None and path.resolve().is_relative_to(Path(aside).resolve()):
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(content.read())
        yield Path(aside)


def _git(folder: Path, *arguments: str) -> bytes | None:
    """What git says; ``None`` when it refuses."""
    try:
        done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        raise InputError.of(
            "no_git", "git, which holds the other revisions, is not installed", "install it", "--base"
        ) from None
    return done.stdout if done.returncode == 0 else None
