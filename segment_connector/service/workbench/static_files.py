"""The files of ``static/`` that a browser loads by themselves and keeps, until one of them changes."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from nicegui import app as nicegui_app

FOLDER = Path(__file__).parent / "static"

_YEAR = 365 * 24 * 3600


@cache
def _mount() -> str:
    """Where they are: the path is made of what they hold, so what a browser kept is never stale."""
    made = sha256()
    for path in sorted(FOLDER.iterdir()):
        made.update(path.read_bytes())
    return f"/_workbench/{made.hexdigest()[:12]}"


def serve() -> None:
    """Serve them; once in a process."""
    nicegui_app.add_static_files(_mount(), FOLDER, max_cache_age=_YEAR)


def url_of(name: str) -> str:
    """The path at which a file of ``static/`` is served."""
    return f"{_mount()}/{name}"
