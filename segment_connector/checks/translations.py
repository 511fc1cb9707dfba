"""Every locale has what it claims to cover, made of the English of today, in the terms of its glossary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from ..errors import ConnectorError, Problem, known_names
from ..language.locale_coverage import covered, every_text
from ..language.locale_records import LocaleHead, Translation
from ..values.paths import Place
from .project import Project, Source

NAME = "locales"

_KEPT = re.compile(r"\{\{.*?\}\}|\{\w*[^{}]*\}|`[^`]+`|https?://\S+[\w/]")
_STAYS = "templates, names in braces, words in backquotes and addresses stay as they are"
_SHORT = 60
_ALIKE = 0.6


def check(project: Project) -> Iterator[Problem]:
    """What lacks, what was made of an English text that is gone, what is not translated, and terms said otherwise."""
    heads = list(project.locales)
    if not heads or project.connector is None or project.faulty & {str(one.path) for one in project.sources}:
        return  # where the specs themselves are broken, there is no telling which texts they have
    try:
        known = every_text(project.specs)
    except ConnectorError:
        return  # the rules before tell of it
    for source, head in heads:
        yield from _locale(project, source, head, known)


def _locale(project: Project, source: Source, head: LocaleHead, known: set[str]) -> Iterator[Problem]:
    first: dict[str, Source] = {}
    same, terms = set(head.same), _terms(head.glossary)
    for file in project.texts_of(source):
        for index, one in enumerate(file.translations):
            place: Place = ("texts", index)
            if (other := first.setdefault(one.from_, file)) is not file or _again(file, index):
                where = other.path.relative_to(source.path.parent).as_posix()
                message = f"'{_cut(one.from_)}' is translated twice, in {where} too"
                yield project.problem(file.path, NAME, (*place, "from"), message, "keep one of the two")
            if one.from_ not in known:
                yield project.problem(file.path, f"{NAME}/stale", (*place, "from"), *_stale(one, known))
            for message, hint in _faults(one, same, terms):
                yield project.problem(file.path, NAME, (*place, "to"), message, hint)
    for index, text in enumerate(head.same):
        if text not in known:
            message = f"there is no text '{_cut(text)}' any more"
            yield project.problem(source.path, f"{NAME}/stale", ("same", index), message, "remove it")
    yield from _lacking(project, source, head, first.keys() | same)


def _lacking(project: Project, source: Source, head: LocaleHead, there: set[str]) -> Iterator[Problem]:
    groups = project.connector.groups if project.connector is not None else {}
    for index, name in enumerate(head.covers.groups):
        if name not in groups:
            message = f"there is no group '{name}'"
            hint = known_names(name, groups) if groups else "connector.yaml describes no groups"
            yield project.problem(source.path, NAME, ("covers", "groups", index), message, hint)
    try:
        wanted = covered(project.specs, head.covers)
    except ConnectorError as error:
        for one in error.problems:
            yield project.problem(source.path, NAME, ("covers",), one.message, one.hint)
        return
    lacking = Counter(whose for text, whose in wanted.items() if text not in there)
    shown = {whose: text for text, whose in reversed(wanted.items()) if text not in there}
    for whose, count in lacking.items():
        more = f" and {count - 1} more" if count > 1 else ""
        message = f"{whose} is not translated whole: '{_cut(shown[whose])}'{more}"
        yield project.problem(
            source.path,
            f"{NAME}/missing",
            ("covers",),
            message,
            f"translate what 'catalog --locale {head.name} --missing' prints",
        )


def _again(file: Source, index: int) -> bool:
    return any(one.from_ == file.translations[index].from_ for one in file.translations[:index])


def _stale(one: Translation, known: set[str]) -> tuple[str, str]:
    near = get_close_matches(one.from_, known, n=1, cutoff=_ALIKE)
    hint = f"translate it anew from '{near[0]}'" if near else "remove it"
    return f"the English text is not there any more: '{_cut(one.from_)}'", hint


def _faults(
    one: Translation, same: set[str], terms: Mapping[str, tuple[re.Pattern[str], str]]
) -> Iterator[tuple[str, str]]:
    if one.from_ == one.to:
        hint = "translate it, or list it under 'same' in locale.yaml and remove it here"
        yield "is the English text itself", hint
        return
    if one.from_ in same:
        yield "'same' in locale.yaml says that this text is the same", "remove it in one of the two"
    before, after = Counter(_KEPT.findall(one.from_)), Counter(_KEPT.findall(one.to))
    for name in before - after:
        yield f"'{name}' of the English text is not in it", _STAYS
    for name in after - before:
        yield f"'{name}' is not in the English text", _STAYS
    said, english_words = one.to.casefold(), _KEPT.sub("", one.from_)
    for english, (term, translated) in terms.items():
        if term.search(english_words) and not any(form.casefold() in said for form in translated.split("|")):
            yield f"the glossary says '{translated}' for '{english}'", "use that term, or change the glossary"


def _terms(glossary: Mapping[str, str]) -> dict[str, tuple[re.Pattern[str], str]]:
    """What finds a term in English: in capitals it is a name, unless it begins the text."""
    return {
        english: (
            re.compile(rf"(?:(?<![\w.]){re.escape(english)}|\A(?i:{re.escape(english)}))(?:s|es)?(?!\w|\.\w)"),
            translated,
        )
        for english, translated in glossary.items()
    }


def _cut(text: str) -> str:
    return text if len(text) <= _SHORT else f"{text[: _SHORT - 3]}..."
