"""Say texts in another language: a table from English, as gettext has it. What it lacks is said in English."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from .locale_records import locale_paths, read_locale_head, translations_of
from .specs import default_root

ENGLISH = "en"
"""The language that specs are written in; it needs no folder."""


class Locale:
    """One language.

    :param name: its tag (BCP 47).
    :param title: what its speakers call it.
    :param texts: what each English text is in it.
    """

    def __init__(self, name: str, title: str, texts: Mapping[str, str]) -> None:
        self.name = name
        self.title = title
        self.texts = texts

    def __call__(self, english: str, **values: Any) -> str:
        """A text in this language, or in English where it is not translated.

        :param values: what stands in the text for each name in braces.
        """
        said = self.texts.get(english, english)
        return said.format(**values) if values else said


def to_say(english: str) -> str:
    """The text itself: marks what is said later, so that what a language lacks can be told."""
    return english


PLAIN = Locale(ENGLISH, "English", {})
"""English itself."""


def locale_titles(root: Path) -> dict[str, str]:
    """What can be chosen: each language's own name by its tag, English first.

    :param root: the folder with ``connector.yaml`` and ``locales/``; those of the package count too.
    :raises SpecError: when the head of one breaks the language.
    """
    found = {ENGLISH: PLAIN.title}
    for folder in (root, default_root()):
        for name in locale_paths(folder):
            found.setdefault(name, read_locale_head(folder, name).title)
    return found


@cache
def locale_of(root: Path, name: str) -> Locale:
    """One language, read once.

    :raises InputError: when there is none of that name, with those that are near.
    :raises SpecError: when a file of it breaks the language.
    """
    if name == ENGLISH:
        return PLAIN
    own = default_root()
    folders = [folder for folder in dict.fromkeys((own, root)) if name in locale_paths(folder)]
    head = read_locale_head(folders[-1] if folders else root, name)
    texts = {one.from_: one.to for folder in folders for one in translations_of(folder, name)}
    return Locale(name, head.title, texts)


def negotiated(wanted: str, offered: Mapping[str, Any]) -> str:
    """The language for a header ``Accept-Language`` (RFC 9110, 12.5.4): the first that is offered, else English.

    :param wanted: the header's value; what it cannot be read as is passed over.
    :param offered: languages by tag; ``es-MX`` is served by ``es`` where there is no nearer one (RFC 4647, 3.4).
    """
    ranked: list[tuple[float, str]] = []
    for part in wanted[:1000].split(","):
        tag, _, weight = part.partition(";")
        name, _, value = weight.partition("=")
        try:
            quality = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            continue
        ranked.append((quality, tag.strip().lower()))
    known = {name.lower(): name for name in offered}
    for quality, tag in sorted(ranked, key=lambda one: -one[0]):
        parts = tag.split("-")
        for length in range(len(parts) if quality > 0 else 0, 0, -1):
            if (found := known.get("-".join(parts[:length]))) is not None:
                return found
    return ENGLISH
