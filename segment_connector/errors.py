"""What can go wrong before anything is sent, and who has to act.

::

    ConnectorError
    ├── SpecError               the author of a YAML file: it cannot be read or breaks the language
    │   └── SpecVersionError    the author or the user: the file needs another segment-connector
    ├── UnknownActionError      the caller: no action has that name
    ├── InputError              the caller: the inputs break the action's parameters or limits
    ├── ConnectionConfigError   the caller: region, credential or server address is missing or wrong
    └── CallFailed              raised only by ``Result.unwrap()``: Segment or the network said no

Trying again helps with none of them but ``CallFailed``, whose ``result.error.retryable`` tells. What Segment or
the network does never raises on its own: ``Connector.run`` returns a ``Result`` with ``ok`` false.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: its place, the rule it breaks and the cure.

    :param code: stable machine-readable name of the rule (``required``, ``type``, ``format`` ...).
    :param message: one sentence naming the rule; never holds a secret.
    :param hint: how to fix it, or ``None``.
    :param field: dotted place in the inputs (``properties.products.0.price``) or ``None``.
    :param path: file that holds the mistake, for problems in specs.
    :param line: 1-based line in ``path``.
    """

    code: str
    message: str
    hint: str | None = None
    field: str | None = None
    path: str | None = None
    line: int | None = None

    @property
    def place(self) -> str:
        """The file and the line, as ``actions/tracking/track.yaml:12``; empty for problems in inputs."""
        place = self.path or ""
        return place if self.line is None else f"{place}:{self.line}"

    def __str__(self) -> str:
        head = ": ".join(part for part in (self.place, self.field or "", self.message) if part)
        return f"{head} ({self.hint})" if self.hint else head

    def to_dict(self) -> dict[str, Any]:
        """The problem as JSON values, empty facts left out."""
        return {name: value for name in self.__slots__ if (value := getattr(self, name)) is not None}


MOST_PROBLEMS = 100
"""Problems that are told at once; nobody fixes more before the next try, and each costs time and room."""
_MOST_TEXT = 500_000  # characters of all of them


def bounded(problems: Iterable[Problem]) -> list[Problem]:
    """The first problems; where there are more, the last one says so (``more``), and they are not looked for."""
    found: list[Problem] = []
    room = _MOST_TEXT
    for problem in problems:
        room -= len(str(problem))
        if found and (len(found) == MOST_PROBLEMS or room < 0):
            found.append(Problem("more", f"there are more problems than these {len(found)}", "fix these first"))
            break
        found.append(problem)
    return found


class ConnectorError(Exception):
    """Base of everything this package raises on purpose.

    :param problems: every problem found, the most important first; at least one.
    """

    def __init__(self, problems: Sequence[Problem] | Problem) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def of(
        cls, code: str, message: str, hint: str | None = None, field: str | None = None,
        path: str | None = None, line: int | None = None,
    ) -> Self:  # fmt: skip
        """The error of one problem; the arguments are those of ``Problem``."""
        return cls(Problem(code, message, hint, field, path, line))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems,)  # so that a worker process can hand it to its parent

    @property
    def code(self) -> str:
        """Machine-readable name of the first problem."""
        return self.problems[0].code

    @property
    def hint(self) -> str | None:
        """How to fix the first problem."""
        return self.problems[0].hint

    @property
    def field(self) -> str | None:
        """Where in the inputs the first problem is."""
        return self.problems[0].field


class SpecError(ConnectorError):
    """A spec file cannot be read, or breaks the language of ``schemas/``."""

    @classmethod
    def at(
        cls, source: object, code: str, message: str, hint: str, *, field: str | None = None, line: int | None = None
    ) -> SpecError:
        """The error of one problem in a file.

        :param source: path or name of the file; the others as in ``Problem``, where an empty ``field`` is the root.
        """
        return cls(Problem(code, message, hint, field or None, str(source), line))


class SpecVersionError(SpecError):
    """A spec file is written in another version of the language than this package reads."""


class UnknownActionError(ConnectorError):
    """No action has the name that was asked for."""


class InputError(ConnectorError):
    """The inputs were refused; nothing was sent."""


class ConnectionConfigError(ConnectorError):
    """The connection cannot serve the call; nothing was sent."""


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """The sentence that offers the nearest known names, or ``None`` when nothing is near.

    :param name: what was given; compared without regard to case, ``_``, ``-`` and spaces.
    :param known: the names that would have been right.
    """

    def fold(text: str) -> str:
        return text.casefold().replace("_", "").replace("-", "").replace(" ", "")

    folded: dict[str, str] = {}
    for candidate in known:
        folded.setdefault(fold(candidate), candidate)
    from difflib import get_close_matches  # only a mistake needs it

    near = get_close_matches(fold(name[:100]), folded, n=3, cutoff=0.6)
    if not near:
        return None
    names = [f"'{folded[match]}'" for match in near]
    return "did you mean " + (names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]) + "?"


def known_names(name: str, known: Collection[str]) -> str:
    """The sentence that offers the nearest known names, or all of them when nothing is near."""
    return did_you_mean(name, known) or f"there is {', '.join(known)}"
