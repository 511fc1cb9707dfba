"""What a plan says of one call."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..language.plan_records import Fault
from ..result import Warn

_INDEX = re.compile(r"(?<=\.)\d+(?=\.|\Z)")


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing in a call that is not as the plan says.

    :ivar kind: stable machine-readable name: ``unplanned_event``, ``unplanned_property``, ``version``, ``rule`` (which
        cannot be judged), or the keyword of JSON Schema that is broken (``required``, ``type``, ``pattern`` ...).
    :ivar place: dotted place in the call (``properties.products.0.price``).
    :ivar message: what is wrong, as the end of a sentence that begins with the place.
    :ivar cure: how to fix it.
    :ivar rule: the rule that it breaks, as people call it, or ``None`` where there is none.
    :ivar certain: whether the service finds it too; of what is not certain nobody knows.
    :ivar faults: what it is to the settings of a source.
    """

    kind: str
    place: str
    message: str
    cure: str
    rule: str | None
    certain: bool = True
    faults: tuple[Fault, ...] = ()

    @property
    def name(self) -> str:
        """The place as plans write it, one for all entries of a list: ``properties.products.$.price``."""
        return _INDEX.sub("$", self.place)

    @property
    def about(self) -> str:
        """What it is about, whatever the value: kind, place, rule."""
        return f"{self.kind} {self.name} {self.rule}"

    @property
    def refused(self) -> bool:
        """Whether a plan that is enforced refuses the call for it: not for a name that it has nothing against."""
        return self.certain and self.faults != ("unplanned_member",)

    @property
    def sentence(self) -> str:
        """The message with whose rule it is."""
        return f"{self.message} ({f'tracking plan: {self.rule}' if self.rule else 'tracking plan'})"

    @property
    def warning(self) -> Warn:
        """The same as a doubt about a call."""
        return Warn(self.sentence, self.cure, self.place)


@dataclass(frozen=True, slots=True)
class Verdict:
    """All that a plan says of one call.

    :ivar action: the action that the call is of.
    :ivar event: the event's name in the plan, or ``None`` where calls of the action have none.
    :ivar rules: the rules that judged it, as people call them.
    :ivar violations: in the order of judgement: the rules of the event, then those for every call.
    """

    action: str
    event: str | None
    rules: tuple[str, ...]
    violations: tuple[Violation, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong, and nothing doubtful."""
        return not self.violations

    @property
    def refused(self) -> tuple[Violation, ...]:
        """What a plan that is enforced refuses the call for."""
        return tuple(violation for violation in self.violations if violation.refused)
