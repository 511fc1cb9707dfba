"""What else looks at a call, whichever action it is of, when its inputs are checked and completed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ..errors import Problem
from ..result import Warn


@dataclass(slots=True)
class Looked:
    """What a step has to say of a call.

    :ivar problems: why it is not sent; empty when it is.
    :ivar warnings: what is doubtful about it.
    :ivar changed: whether the inputs are others now.
    :ivar about: what each of the warnings is about, whatever the value; those about the same are counted together.
    """

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Warn] = field(default_factory=list)
    changed: bool = False
    about: list[str] = field(default_factory=list)


class Step(Protocol):
    """Looks at every call before it is rendered, and at every entry of a list of calls."""

    def look(self, action: str, inputs: dict[str, Any], connection: Mapping[str, Any]) -> Looked | None:
        """What there is to say of a call; ``None`` for nothing.

        :param inputs: checked and completed; the step may change them, and says so by a warning.
        :param connection: as the caller gave it.
        :raises ConnectorError: when it cannot look.
        """

    def fixed(self, connection: Mapping[str, Any]) -> FixedStep:
        """The step for all calls of one connection; it can be pickled.

        :raises ConnectorError: when it cannot look.
        """


class FixedStep(Protocol):
    """A step as plain data, for many calls and for other processes."""

    def accepts(self, action: str, inputs: Mapping[str, Any]) -> bool:
        """Whether there is nothing to say of a call; of one that it does not accept, ``look`` tells."""

    def accepts_all(self, by: str, calls: Sequence[Mapping[str, Any]]) -> bool:
        """Whether there is nothing to say of any of many calls; it may miss that.

        :param by: the member of a call that names its action.
        """

    def look(self, action: str, inputs: dict[str, Any]) -> Looked | None:
        """As ``Step.look``."""


Look = Callable[[str, dict[str, Any]], "Looked | None"]
"""A step for one connection."""
