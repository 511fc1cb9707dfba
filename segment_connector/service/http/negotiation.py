"""In which language a request wants what people read: ``?locale=``, else ``Accept-Language``, else English.

What there is in a language is made when it is first asked for, and kept.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property

from ...connector import Connector
from ...language.locales import ENGLISH, locale_titles, negotiated
from ...language.localised_specs import localised
from ...language.trigger_files import Triggers
from ..backend import Backend
from ..settings import Settings
from .discovery import Catalogue, hold_to
from .openapi import Document
from .operation import Asked
from .problems import Answer

LOCALE = "locale"
"""The name of the query parameter."""


class Spoken:
    """Everything of one service that people read, in one language.

    :ivar catalogue: the listings, ``document`` the OpenAPI document, ``triggers`` the triggers.
    """

    def __init__(self, backend: Backend, settings: Settings, language: str) -> None:
        specs = localised(backend.connector.specs, language)
        connector = backend.connector if specs is backend.connector.specs else Connector(specs)
        self.catalogue = Catalogue(connector, backend.policy)
        self.document = Document(backend, self.catalogue.own, settings)
        self.triggers = Triggers(specs)


class Languages:
    """The languages of one service; safe to share between threads."""

    def __init__(self, backend: Backend, settings: Settings) -> None:
        self._backend = backend
        self._settings = settings
        self._lock = threading.Lock()
        self.english = Spoken(backend, settings, ENGLISH)
        self._others: dict[str, Spoken] = {}

    def __getitem__(self, language: str) -> Spoken:
        if language == ENGLISH:
            return self.english
        with self._lock:
            if language not in self._others:
                self._others[language] = Spoken(self._backend, self._settings, language)
            return self._others[language]

    def wanted(self, asked: Asked) -> str:
        """The language of an answer.

        :raises Refusal: when the query names one that there is not.
        """
        named = asked.query.get(LOCALE)
        hold_to(LOCALE, named, list(self._offered))
        return named or negotiated(asked.headers.get(b"accept-language", b"").decode("latin-1"), self._offered)

    def said(self, asked: Asked, say: Callable[[Spoken], Answer]) -> Answer:
        """What people read, in the language that they ask for; the answer says which that is.

        :param say: gives the answer in one language.
        :raises Refusal: when the query names a language that there is not.
        """
        language = self.wanted(asked)
        return self.told(say(self[language]), language)

    def told(self, answer: Answer, language: str) -> Answer:
        """An answer that says which language it is in, and that caches must keep those of others apart."""
        if len(self._offered) == 1:
            return answer
        headers = ((b"content-language", language.encode()), (b"vary", b"Accept-Language"))
        return Answer(answer.status, answer.body, answer.content_type, (*answer.headers, *headers))

    @cached_property
    def _offered(self) -> dict[str, str]:
        return locale_titles(self._backend.connector.specs.root)
