"""What is wrong with a regular expression of a plan, though it may be a good one elsewhere.

The service does not take negative look-ahead. And a repetition inside a repetition can be tried in so many ways that a
judge that goes back and forth never ends: ``(a+)+$`` on thirty letters takes an hour.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"\\.|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:<?[=!]|:|P?<\w+>))?|\)|\||[*+?]\??|\{\d+(?:,\d*)?\}\??|.", re.DOTALL
)
_NEGATIVE = re.compile(r"(?<!\\)(?:\\\\)*\(\?<?!")
_COUNT = re.compile(r"\{(\d+)(,?)(\d*)\}")


@dataclass(slots=True)
class _Item:
    """A part of a sequence, with how often it may stand there; ``most`` is ``None`` without a bound."""

    branches: list[list[_Item]] = field(default_factory=list)
    least: int = 1
    most: int | None = 1

    @property
    def is_endless(self) -> bool:
        return self.most is None

    @property
    def may_be_empty(self) -> bool:
        return self.least == 0 or any(all(one.may_be_empty for one in branch) for branch in self.branches)


def has_negative_look_ahead(pattern: str) -> bool:
    """Whether a pattern asks for what must not follow (or precede)."""
    return bool(_NEGATIVE.search(pattern))


def may_never_end(pattern: str) -> bool:
    """Whether a pattern repeats a repetition with nothing between two rounds that would tell them apart."""
    return any(_risky(item) for branch in _read(pattern) for item in branch)


def _risky(item: _Item) -> bool:
    below = [one for branch in item.branches for one in branch]
    if item.is_endless and any(_blurs(branch) for branch in item.branches):
        return True
    return any(_risky(one) for one in below)


def _blurs(branch: list[_Item]) -> bool:
    """Whether a round can be a repetition alone, so that two rounds may as well be one."""
    for one in branch:
        alone = all(other.may_be_empty for other in branch if other is not one)
        if alone and (one.is_endless or (one.most == 1 and any(_blurs(inner) for inner in one.branches))):
            return True
    return False


def _read(pattern: str) -> list[list[_Item]]:
    """The alternatives of a pattern, each a sequence; brackets that do not match end what is read."""
    root = _Item([[]])
    stack = [root]
    for token in _TOKEN.findall(pattern):
        branches = stack[-1].branches
        if token[0] == "(":
            group = _Item([[]])
            branches[-1].append(group)
            stack.append(group)
        elif token.startswith(")"):
            if len(stack) == 1:
                break
            stack.pop()
        elif token.startswith("|"):
            branches.append([])
        elif token[0] in "*+?" or _COUNT.match(token):
            if branches[-1]:
                last = branches[-1][-1]
                last.least, last.most = _bounds(token)
        else:
            branches[-1].append(_Item())
    return root.branches


def _bounds(token: str) -> tuple[int, int | None]:
    if token[0] in "*+?":
        return (1 if token[0] == "+" else 0), (1 if token[0] == "?" else None)
    counted = _COUNT.match(token)
    assert counted is not None
    least, parted, most = counted.groups()
    return int(least), int(most) if most else None if parted else int(least)
