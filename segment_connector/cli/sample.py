"""A call that the examples of help show: one of the connector's own, as its spec has it."""

from __future__ import annotations

from pathlib import Path

from ..docs.call_forms import example_line
from ..errors import SpecError
from ..language.specs import Specs

_LOOKED_AT = 5  # actions; each is a file to read


def sample(root: str | Path | None) -> tuple[str, str]:
    """The shortest call among the examples of the first actions, as it is typed, and the title of the service.

    Help must be had though the specs are broken; words that say what belongs there stand in for them then.

    :param root: as for ``Specs``.
    """
    call, title = "ACTION -p NAME=VALUE", "a service"
    try:
        specs = Specs(None if root is None else Path(root))
        title = specs.connector.title
        first = [specs.action(name) for name in (specs.connector.agents.tools or tuple(specs.paths))[:_LOOKED_AT]]
        lines = [example_line("", one.name, example) for one in first for example in one.examples if example.input]
        call = min(lines, key=len).removeprefix(" run ") if lines else call
    except SpecError:
        pass
    return call, title
