"""Which texts there are to translate: of one platform, of what a locale claims to cover, and of everything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .locale_records import Covers
from .profile_records import Profile
from .profiles import profile_paths, read_profile
from .program_words import program_words
from .specs import Specs
from .translated_records import schema_in, translated
from .trigger_files import Triggers

PROGRAM_WORDS = "the program's own pages"


def texts_of(*records: Any) -> dict[str, None]:
    """What people read of records, each text once, in the order of the records."""
    found: dict[str, None] = {}

    def hear(text: str) -> str:
        found.setdefault(text)
        return text

    for record in records:
        (schema_in if isinstance(record, Mapping) else translated)(record, hear)
    return found


def platform_texts(specs: Specs, profile: Profile) -> dict[str, None]:
    """What a platform's listing shows: of its profile, and of the actions and triggers that it lists."""
    triggers = Triggers(specs)
    names = dict.fromkeys([*(triggers if profile.every_trigger else ()), *profile.triggers.values()])
    actions = dict.fromkeys(one.action for one in profile.actions.values())
    return texts_of(
        profile, *map(specs.action, specs.paths if profile.every_action else actions), *map(triggers.trigger, names)
    )


def covered(specs: Specs, covers: Covers) -> dict[str, str]:
    """Every text that a locale claims to have, with what it belongs to.

    :raises SpecError, UnknownActionError, InputError: when what it names is not there, or breaks the language.
    """
    found: dict[str, str] = {}
    for whose, texts in _covered(specs, covers):
        for text in texts:
            found.setdefault(text, whose)
    return found


def _covered(specs: Specs, covers: Covers) -> Iterator[tuple[str, dict[str, None]]]:
    spec = specs.connector
    if covers.connector:
        yield "the connector", dict.fromkeys((spec.title, spec.summary, spec.description, *spec.categories))
        yield "what newcomers begin with", texts_of(*spec.start)
    if covers.connection:
        yield "the connection", texts_of(spec.connection)
    for name in covers.groups:
        yield f"the group '{name}'", texts_of(spec.groups[name]) if name in spec.groups else {}
    for name in covers.actions:
        yield f"the action '{name}'", texts_of(specs.action(name))
    triggers = Triggers(specs)
    for name in covers.triggers:
        yield f"the trigger '{name}'", texts_of(triggers.trigger(name))
    for name in covers.platforms:
        yield f"the platform '{name}'", platform_texts(specs, read_profile(specs.root, name))
    if covers.program:
        yield PROGRAM_WORDS, dict.fromkeys(program_words())


def every_text(specs: Specs) -> set[str]:
    """Every text that there is to translate.

    :raises SpecError: when a file breaks the language.
    """
    triggers, presets = Triggers(specs), specs.presets
    profiles = [read_profile(specs.root, name) for name in profile_paths(specs.root)]
    found = texts_of(
        specs.connector, *map(specs.action, specs.paths), *triggers.values(), *profiles,
        *map(presets.preset, presets.paths), *presets.summaries(), *triggers.webhooks.values(),
    )  # fmt: skip
    return {*found, *program_words()}
