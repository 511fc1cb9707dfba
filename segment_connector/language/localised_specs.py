"""The specs as people of another language read them; whatever shows specs is handed these and knows no difference.

Names, schemas, requests and answers are those of the specs themselves, so a call is the same in every language.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .action_records import Action, Summary
from .locales import Locale, locale_of
from .preset_records import Preset, PresetSummary
from .presets import Presets
from .specs import Specs
from .translated_records import translated

if TYPE_CHECKING:
    from .connector_records import ConnectorSpec

_T = TypeVar("_T")


def localised(specs: Specs, language: str) -> Specs:
    """The specs in a language; what is not translated is in English.

    :param language: a folder of ``locales/``, or ``en``, which gives the specs themselves.
    :raises InputError: when there is no such folder, with those that are near.
    :raises SpecError: when a file of it breaks the language.
    """
    locale = locale_of(specs.root, language)
    return LocalisedSpecs(specs, locale) if locale.texts else specs


class LocalisedSpecs(Specs):
    """The specs of a connector in another language.

    :param plain: the connector's own.
    """

    def __init__(self, plain: Specs, locale: Locale) -> None:
        super().__init__(plain.root, plain.command)
        self._plain = plain
        self._made_for = plain.edition
        self.locale = locale

    @property
    def edition(self) -> int:
        """That of the specs themselves."""
        return self._plain.edition

    @cached_property
    def connector(self) -> ConnectorSpec:
        """``connector.yaml`` with its texts in the language."""
        return self.in_words(self._plain.connector)

    def action(self, name: str) -> Action:
        """One action with its texts in the language.

        :raises UnknownActionError, SpecError: as of the specs themselves.
        """
        if self._made_for != self.edition:
            self._actions, self._made_for = {}, self.edition
        known = self._actions.get(name)
        if known is None:
            known = self._actions[name] = self.in_words(self._plain.action(name))
        return known

    def summaries(self) -> Iterator[Summary]:
        """The head of every action file with its texts in the language."""
        return map(self.in_words, self._plain.summaries())

    @property
    def presets(self) -> Presets:
        """The presets, as actions in the language beneath them say them."""
        self._presets.planned = self._plain.presets.planned
        return self._presets

    @cached_property
    def _presets(self) -> Presets:
        return _LocalisedPresets(self._plain.presets, self)

    def in_words(self, record: _T) -> _T:
        """Any record of the specs with its texts in the language."""
        return translated(record, self.locale)

    def forget(self) -> None:
        """Read every action anew when it is next used."""
        self._plain.forget()


class _LocalisedPresets(Presets):
    """Presets in another language, made of actions in it."""

    def __init__(self, plain: Presets, specs: LocalisedSpecs) -> None:
        super().__init__(specs.root, plain.resolved, specs.action, plain.family_order)
        self._plain = plain
        self._specs = specs

    def summaries(self) -> Iterator[PresetSummary]:
        return map(self._specs.in_words, self._plain.summaries())

    def preset_from(self, data: Any, path: Path) -> Preset:
        return self._specs.in_words(super().preset_from(data, path))
