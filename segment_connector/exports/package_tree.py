"""Files of a package that are the same whatever the actions are: kept as they will lie, with words to be filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_REQUIRED = re.compile(r"require\('\./(\w+)'\)")
_SHARED = Path(__file__).parent / "javascript"


def tree(folder: Path, words: Mapping[str, str]) -> dict[str, bytes]:
    """The files below a folder by their paths, with each ``{{word}}`` replaced.

    :param words: texts by word; nothing else in double braces is touched.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _filled_in(path, words) for path in paths}


def shared_javascript(folder: str, *names: str) -> dict[str, bytes]:
    """Modules that packages for JavaScript have in common, with those that they need.

    :param folder: where in the package they are to lie.
    :param names: without ``.js``.
    """
    found: dict[str, bytes] = {}
    left = list(names)
    while left:
        name = left.pop()
        path = f"{folder}/{name}.js"
        if path not in found:
            found[path] = (_SHARED / f"{name}.js").read_bytes()
            left += _REQUIRED.findall(found[path].decode())
    return found


def icon(root: Path, name: str) -> bytes | None:
    """The picture of a connector as SVG, where its specs have one.

    :param root: the folder of the specs, and ``name`` the connector's name.
    """
    path = root / "catalogs" / "icons" / f"{name}-light.svg"
    return path.read_bytes() if path.is_file() else None


def _filled_in(path: Path, words: Mapping[str, str]) -> bytes:
    text = path.read_text(encoding="utf-8")
    for word, filling in words.items():
        text = text.replace(f"{{{{{word}}}}}", filling)
    return text.encode()
