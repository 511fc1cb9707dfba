"""A proposal as the text of a mapping file: YAML, with the reason of each guess as a remark above it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ...language.yaml_writer import dump
from .places import Place
from .proposal import Guess, Proposal, template_of

_MOST_VALUES = 3
_MOST_SHOWN = 30  # characters of a value in a remark


def text_of(proposal: Proposal, *, says_action: bool = False) -> str:
    """The mapping file; what has to be added, looked at or decided stands in it as remarks.

    :param says_action: the file says what rows become, because nobody else does.
    """
    action = proposal.action
    lines = [f"# {action.title}: what a row of the table becomes. Change what does not fit."]
    lines += [_remark(f"Please check: {warning}.") for warning in proposal.warnings]
    for name in proposal.lacking:
        examples = action.parameters[name].get("examples")
        example = shown(examples[0]) if examples else "..."
        lines.append(f"# It needs '{name}', for which there is no column. Write it here:\n# {name}: {example}")
    left = [one for one in proposal.guesses if one.place is None]
    if left:
        reasons: dict[str, list[str]] = {}
        for one in left:
            reasons.setdefault(one.reason, []).append(shown(one.profile.name))
        for reason, names in reasons.items():
            lines.append(_remark(f"Columns that are left out because {reason}: {', '.join(names)}"))
    lines.append("")
    remarks: dict[Place, list[str]] = {one.place: [one.reason] for one in proposal.constants}
    asked: dict[Place, list[str]] = {}
    for one in proposal.guesses:
        if one.place is None:
            continue
        if one.is_asked:
            asked.setdefault(one.place[:-1], []).extend(_choices(one))
        elif one.place not in remarks:
            remarks[one.place] = [_reason(one)]
    written = [*_written(proposal.tree, (), remarks, asked)]
    written += [line for place, choices in asked.items() for line in _with_parents(place, choices)]
    if says_action:
        written = [f"as: {action.name}", "map:", *(f"  {line}" for line in written)]
    return "\n".join([*lines, *written]).rstrip() + "\n"


def _written(
    tree: Mapping[str, Any], above: Place, remarks: Mapping[Place, list[str]], asked: dict[Place, list[str]]
) -> Iterator[str]:
    indent = "  " * len(above)
    for name, value in tree.items():
        place = (*above, name)
        for remark in remarks.get(place, ()):
            yield indent + _remark(remark)
        if isinstance(value, Mapping) and value:
            yield indent + dump({name: 0}).rsplit(":", 1)[0] + ":"
            yield from _written(value, place, remarks, asked)
            yield from ("  " * len(place) + line for line in asked.pop(place, ()))
        else:
            yield from (indent + line for line in _line(name, value).split("\n"))
    if not above:
        yield from asked.pop((), ())


def _line(name: str, value: Any) -> str:
    """A member as YAML; templates in double quotes where they need none inside."""
    written = dump({name: value}).rstrip("\n")
    if isinstance(value, str) and "{{" in value and value.isprintable() and not set(value) & {'"', "\\"}:
        return f'{dump({name: 0}).rsplit(":", 1)[0]}: "{value}"'
    return written


def _with_parents(place: Place, lines: list[str]) -> Iterator[str]:
    """Choices for an object that is not in the mapping yet."""
    for depth, name in enumerate(place):
        yield f"# {'  ' * depth}{name}:"
    yield from (f"# {'  ' * len(place)}{line.removeprefix('# ')}" for line in lines)


def _choices(guess: Guess) -> Iterator[str]:
    assert guess.place is not None
    yield _remark(f"{guess.form.doubt}. Take the '# ' away from the line that is right:")
    for form in guess.forms:
        if form.kind == guess.form.kind:
            line = _line(guess.place[-1], template_of(guess.profile.path, form.text))
            yield from (f"# {part}" for part in line.split("\n"))


def _reason(guess: Guess) -> str:
    form, profile = guess.form, guess.profile
    said = f"{shown(profile.name)}: {guess.reason}"
    if profile.values:
        many = "its value" if form.of == 1 else f"all {form.of:,} values"
        many = many if form.serves == form.of else f"{form.serves:,} of {form.of:,} values"
        values = ", ".join(_value(value) for value in profile.first_values[:_MOST_VALUES])
        said = f"{shown(profile.name)} ({values}): {guess.reason}; {many}"
    return f"{said}; {guess.doubt}" if guess.doubt else said


def _value(value: Any) -> str:
    text = shown(value) if not isinstance(value, str) else shown(value)[1:-1]
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}..."


def _remark(text: str) -> str:
    # What cannot be printed could not stand in a remark.
    return f"# {text}" if text.isprintable() else f"# {json.dumps(text)[1:-1]}"


def shown(value: Any) -> str:
    """A value as it can stand in a remark."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if text.isprintable() else json.dumps(value, default=str)
