"""Find the actions that people ask for in words of their own.

What is ranked are short texts, so the weighing is plain: a word counts by how rare it is (the idf of BM25, Robertson and
Zaragoza 2009, section 3.1) and by where it stands, every word counts but none has to be there, and a name, a title or a
keyword whose words were all asked for counts once more. Which words mean the same and which actions are used most is
data: ``search`` of ``connector.yaml`` and ``keywords`` of each action.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from math import log
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .action_records import Summary
    from .connector_records import ConnectorSpec

_NAMED, _KEYWORD, _SAID = 1.0, 0.9, 0.4  # what a word counts by where it stands
_SYNONYM, _BEGINNING, _NEAR = 0.7, 0.8, 0.7  # what it counts when another one stands there in its place
_WHOLE = 0.6  # what the words of a name or keyword count besides when all of them were asked for
_PAIR = 0.5  # what two words count besides when they stand side by side, as they were asked for
_COMMON = 0.2  # how much more the action counts that is used most
_ENOUGH, _BESIDE = 0.15, 0.4  # the least that is a match: of what was asked for, and of what the best one has

_WORD = re.compile(r"[^\W_]+")
_PLURAL = re.compile(r"(?<=[^aeiou])ie[sd]\Z|(?<=ss|sh|ch)es\Z|(?<=[^sui])s\Z")
_ENDING = re.compile(r"(?<=..)([^aeiouls])\1(?:ing|ed)\Z|(?<=...)(?:ing|ed|ion|e|y)\Z")
_NOISE = frozenset(
    "a about after all am an and any are as at be been before but by can could did do does for from had has have how i if in into is it"
    " its just let me my need no not of on one or our please s should so some somebody someone something such t than that"
    " the their them then there these they this those to up us use want was we were what when where which who will with"
    " would you your".split()
)  # fmt: skip


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

    :param names: which it is listed under besides.
    """
    common, group = spec.search.common, spec.groups.get(summary.group)
    return Document(
        tuple(dict.fromkeys((*names, summary.name, summary.title))),
        summary.keywords,
        (summary.summary, group.title if group else summary.group),
        1 - common.index(summary.name) / len(common) if summary.name in common else 0.0,
    )


class Ranking:
    """Documents in an order that a question gives them.

    :param documents: in the order that is kept where nothing else decides.
    :param synonyms: lists of words that are asked for in each other's place.
    """

    def __init__(self, documents: Iterable[Document], synonyms: Iterable[Sequence[str]] = ()) -> None:
        self._documents = list(documents)
        self._places: dict[str, dict[int, float]] = {}
        self._pairs: dict[str, dict[int, float]] = {}
        self._phrases: list[tuple[int, frozenset[str]]] = []
        for number, one in enumerate(self._documents):
            for weight, texts in ((_SAID, one.said), (_KEYWORD, one.keywords), (_NAMED, one.names)):
                for text in texts:
                    self._add(number, weight, _WORD.findall(text.casefold()))
        self._synonyms: dict[str, set[str]] = {}
        for group in synonyms:
            stems = {stem(word) for word in group}
            for word in stems:
                self._synonyms.setdefault(word, set()).update(stems - {word})

    def _add(self, number: int, weight: float, words: list[str]) -> None:
        stems = [stem(word) for word in words if word not in _NOISE]
        for word in stems:
            self._places.setdefault(word, {})[number] = weight
        if weight > _SAID:
            self._phrases.append((number, frozenset(stems)))
            for pair in _pairs(words):
                self._pairs.setdefault(pair, {})[number] = weight

    def find(self, question: str) -> list[int]:
        """The numbers of the documents that fit a question, the best first; all of them when it has no word."""
        said = _WORD.findall(question.casefold())
        words = dict.fromkeys(word for word in said if word not in _NOISE) or dict.fromkeys(said)
        if not words:
            return list(range(len(self._documents)))
        found: dict[int, float] = {}
        worth: dict[str, float] = {}  # of every stem that may stand for a word of the question
        most = 0.0
        for word in words:
            meant = self._meant(word)
            places: dict[int, float] = dict(self._pairs.get(stem(word), {}))
            for one, factor in meant.items():
                for number, weight in self._places.get(one, {}).items():
                    places[number] = max(weight * factor, places.get(number, 0.0))
            rarity = self._rarity(len(places))
            most += rarity
            _add(found, places, rarity)
            worth |= {one: max(factor * rarity, worth.get(one, 0.0)) for one, factor in meant.items()}
        found = {number: score for number, score in found.items() if score >= _ENOUGH * most}
        for pair in _pairs(said):
            places = {number: weight for number, weight in self._pairs.get(pair, {}).items() if number in found}
            _add(found, places, _PAIR * self._rarity(len(places)))
        whole: dict[int, float] = {}
        for number, stems in self._phrases:
            if number in found and stems <= worth.keys():
                whole[number] = max(sum(worth[one] for one in stems), whole.get(number, 0.0))
        _add(found, whole, _WHOLE)
        scores = {number: score * (1 + _COMMON * self._documents[number].common) for number, score in found.items()}
        best = max(scores.values(), default=0.0)
        fit = (number for number, score in scores.items() if score >= _BESIDE * best)
        return sorted(fit, key=lambda number: (-scores[number], number))

    def _meant(self, word: str) -> dict[str, float]:
        """The stems that a word may stand for, with what each counts."""
        own = stem(word)
        meant = dict.fromkeys(self._synonyms.get(own, ()), _SYNONYM)
        if own in self._places or meant or own in self._pairs:
            return meant | {own: 1.0}
        begun = [one for one in self._places if len(word) > 2 and one.startswith((word, own))]
        return dict.fromkeys(begun, _BEGINNING) or dict.fromkeys(self._near(own), _NEAR)

    def _near(self, word: str) -> list[str]:
        """The stems that were meant by a slip: the first letter is right, in a short word all are, at wrong places."""
        if len(word) > 4:
            return get_close_matches(word, [one for one in self._places if one[0] == word[0]], n=3, cutoff=0.8)
        letters = sorted(word)
        return [one for one in self._places if sorted(one) == letters]

    def _rarity(self, count: int) -> float:
        """What a word counts that stands in so many documents."""
        return 1 + log(1 + (len(self._documents) - count + 0.5) / (count + 0.5))


@cache
def stem(word: str) -> str:
    """A word of English without the ending that inflects it, so that 'deleted' and 'deletion' are one."""
    word = _PLURAL.sub(lambda found: "y" if found[0].startswith("i") else "", word) if len(word) > 3 else word
    return _ENDING.sub(lambda found: found[1] or "", word)


def _pairs(words: Sequence[str]) -> Iterator[str]:
    """Two words side by side as the one that they are often written as: 'sign up' as 'signup'."""
    return (stem(first + second) for first, second in zip(words, words[1:]))


def _add(scores: dict[int, float], more: dict[int, float], factor: float) -> None:
    for number, score in more.items():
        scores[number] = scores.get(number, 0.0) + factor * score
