"""Find the actions that people ask for in words of their own.

What is searched are short texts, so the weighing is plain: a word counts by how rare it is (the idf of BM25, Robertson
and Zaragoza 2009, section 3.1) and by where it stands; every word counts, none has to be there. Which words mean the
same and which actions are used most is data: ``search`` of ``connector.yaml``, and ``keywords`` of every action.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from .action_records import Summary
    from .connector_records import ConnectorSpec

_T = TypeVar("_T")
_Key = TypeVar("_Key")

# The weights were tried on tests/data/questions.yaml; a fifth more or less of one moves a set by two questions at most.
_NAME, _KEYWORD, _SAID = 1.0, 0.9, 0.4  # what a word counts by where it stands
_LENGTH, _USUAL_LENGTH = 0.3, 4  # b of BM25, and the words of a text in which a word counts just so much
_INFLECTED, _SYNONYM, _BEGUN, _NEAR = 0.7, 0.5, 0.8, 0.7  # what it counts when another one stands there
_PAIR = 0.5  # what two words count besides that stand side by side, as they were asked for
_WHOLE = 0.6  # what the words of a name or a keyword count besides when all of them were asked for
_COVERED = 0.25  # how much more an action counts when every word of a name of its was asked for
_COMMON = 0.15  # how much more the action counts that is used most
_ENOUGH, _BESIDE = 0.15, 0.4  # the least that is a match: of what was asked for, and of what the best match has

_WORD = re.compile(r"[^\W_]+")
_PLURAL = re.compile(r"(?<=[^aeiou])ie[sd]\Z|(?<=ss|sh|ch)es\Z|(?<=[^sui])s\Z")
_ENDING = re.compile(r"(?<=..)([^aeiouls])\1(?:ing|ed)\Z|(?<=...)(?:ing|ed|ion|e|y)\Z")
_NOISE = frozenset(re.findall(r"\w+", """
    a about after all am an and any are as at be been before but by can could did do does for from had has have how
    i if in into is it its just let me my need no not of on one or our please s should so some somebody someone
    something such t than that the their them then there these they this those to up us use want was we were what
    when where who will with would you your
"""))  # fmt: skip


class Document(NamedTuple):
    """What is searched of one action.

    :ivar names: its names and titles.
    :ivar keywords: other words and phrases for it.
    :ivar said: what is told of it besides.
    :ivar common: from 0 to 1, how much it is used beside others.
    """

    names: tuple[str, ...]
    keywords: tuple[str, ...]
    said: tuple[str, ...]
    common: float = 0.0


def document_of(summary: Summary, spec: ConnectorSpec, *names: str) -> Document:
    """What is searched of an action.

    :param names: under which it is listed besides.
    """
    common, group = spec.search.common, spec.groups.get(summary.group)
    return Document(
        tuple(dict.fromkeys((*names, summary.name, summary.title))),
        summary.keywords,
        (summary.summary, group.title if group else summary.group),
        1 - common.index(summary.name) / len(common) if summary.name in common else 0.0,
    )


def ranking_of(summaries: Iterable[Summary], spec: ConnectorSpec) -> Ranking[Summary]:
    """The ranking of a connector's actions."""
    return Ranking([(one, document_of(one, spec)) for one in summaries], spec.search.synonyms)


class Ranking(Generic[_T]):
    """Entries in the order that a question gives them; safe to share between threads.

    :param entries: with what is searched of each, in the order that is kept where nothing else decides.
    :param synonyms: lists of words that are asked for in each other's place.
    """

    def __init__(self, entries: Sequence[tuple[_T, Document]], synonyms: Iterable[Sequence[str]] = ()) -> None:
        self.entries = [entry for entry, _ in entries]
        self._documents = [document for _, document in entries]
        # What a word, its stem, or two words in one counts in each document.
        self._words: dict[str, dict[int, float]] = {}
        self._stems: dict[str, dict[int, float]] = {}
        self._pairs: dict[str, dict[int, float]] = {}
        self._names: list[list[frozenset[str]]] = []
        self._phrases: list[tuple[int, frozenset[str]]] = []
        for number, one in enumerate(self._documents):
            words: dict[str, float] = {}
            for said in one.said:
                self._add(number, _SAID, said, words)
            self._phrases += [(number, self._add(number, _KEYWORD, keyword, words)) for keyword in one.keywords]
            self._names.append([self._add(number, _NAME, name, words) for name in one.names])
            self._phrases += [(number, name) for name in self._names[number]]
            for word, counts in words.items():
                self._words.setdefault(word, {})[number] = counts
                _raise(self._stems.setdefault(stem(word), {}), number, counts * _INFLECTED)
        self._synonyms: dict[str, set[str]] = {}
        for group in synonyms:
            stems = {stem(word.casefold()) for word in group}
            for word in stems:
                self._synonyms.setdefault(word, set()).update(stems - {word})

    def _add(self, number: int, weight: float, text: str, found: dict[str, float]) -> frozenset[str]:
        """Note what the words of a text count, where that is more than was ``found``; gives their stems."""
        every = _WORD.findall(text.casefold())
        words = [word for word in every if word not in _NOISE] or every
        counts = weight / (1 - _LENGTH + _LENGTH * len(words) / _USUAL_LENGTH)
        for word in words:
            if counts > found.get(word, 0.0):
                found[word] = counts
        if weight == _SAID:
            return frozenset()
        for pair in _pairs(every):
            _raise(self._pairs.setdefault(pair, {}), number, weight)
        return frozenset(map(stem, words))

    def find(self, question: str, fits: Callable[[_T], bool] = lambda _: True) -> list[_T]:
        """The entries that fit a question, the best first; all of them, in their order, when it has no word.

        :param fits: what else is asked of an entry.
        """
        among = {number for number, entry in enumerate(self.entries) if fits(entry)}
        every = _WORD.findall(question.casefold())
        words = dict.fromkeys(word for word in every if word not in _NOISE) or dict.fromkeys(every)
        if not words:
            return [self.entries[number] for number in sorted(among)]
        scores: dict[int, float] = {}
        worth: dict[str, float] = {}
        asked = 0.0
        for word in words:
            meant = self._meant(word)
            places = self._pairs.get(word, {}) | self._words.get(word, {})
            for one, factor in meant.items():
                for number, counts in self._stems.get(one, {}).items():
                    _raise(places, number, counts * factor)
            rarity = self._rarity(len(places))
            asked += rarity
            _add(scores, places, rarity)
            for one, factor in meant.items():
                _raise(worth, one, factor * rarity)
        scores = {number: scores[number] for number in scores.keys() & among if scores[number] >= _ENOUGH * asked}
        for pair in _pairs(every):
            places = {number: counts for number, counts in self._pairs.get(pair, {}).items() if number in scores}
            _add(scores, places, _PAIR * self._rarity(len(places)))
        whole: dict[int, float] = {}
        for number, stems in self._phrases:
            if number in scores and stems <= worth.keys():
                _raise(whole, number, sum(worth[one] for one in stems))
        _add(scores, whole, _WHOLE)
        for number in scores:
            covered = max((len(stems & worth.keys()) / len(stems) for stems in self._names[number] if stems), default=0)
            scores[number] *= (1 + _COVERED * covered) * (1 + _COMMON * self._documents[number].common)
        least = _BESIDE * max(scores.values(), default=0.0)
        best = sorted((one for one in scores if scores[one] >= least), key=lambda one: (-scores[one], one))
        return [self.entries[number] for number in best]

    def _meant(self, word: str) -> dict[str, float]:
        """The stems that a word may stand for, with what each counts."""
        own = stem(word)
        if own in self._stems or word in self._pairs or own in self._synonyms:
            return dict.fromkeys(self._synonyms.get(own, ()), _SYNONYM) | {own: 1.0}
        begun = [one for one in self._stems if len(word) > 2 and one.startswith((word, own))]
        return dict.fromkeys(begun, _BEGUN) or dict.fromkeys(self._near(own), _NEAR)

    def _near(self, word: str) -> list[str]:
        """The stems that a slip of the keys made a word of: its first letter is right; in a short word all are."""
        if len(word) > 4:
            return get_close_matches(word, [one for one in self._stems if one[0] == word[0]], n=3, cutoff=0.8)
        return [one for one in self._stems if sorted(one) == sorted(word)]

    def _rarity(self, count: int) -> float:
        """What a word counts that so many documents have."""
        return 1 + log(1 + (len(self._documents) - count + 0.5) / (count + 0.5))


@cache
def stem(word: str) -> str:
    """A word of English in small letters without what inflects it, so that 'deletes' and 'deletion' are one."""
    if len(word) > 3:
        word = _PLURAL.sub(lambda found: "y" if found[0].startswith("i") else "", word)
    return _ENDING.sub(lambda found: found[1] or "", word)


def _pairs(words: Sequence[str]) -> Iterator[str]:
    """Two words side by side as the one that they are often written as: 'sign up' as 'signup'."""
    return (first + second for first, second in pairwise(words) if first not in _NOISE)


def _raise(scores: dict[_Key, float], key: _Key, score: float) -> None:
    scores[key] = max(score, scores.get(key, 0.0))


def _add(scores: dict[int, float], more: Mapping[int, float], factor: float) -> None:
    for number, score in more.items():
        scores[number] = scores.get(number, 0.0) + factor * score
