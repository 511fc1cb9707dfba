"""A call that the examples of help show: one of the connector's own, as its spec has it."""

from __future__ import annotations

from pathlib import Path

from ..docs.call_forms import example_line
from ..errors import SpecError, UnknownActionError
from ..language.specs import Specs


def sample(root: str | Path | None) -> tuple[str, str]:
    """The shortest example of the action that is used most, as it is typed, and the title of the service.

    Help must be had though the specs are broken; words that say what belongs there stand in for them then.

    :param root: as for ``Specs``.
    """
    call, title = "ACTION -p NAME=VALUE", "a service"
    try:
        specs = Specs(None if root is None else Path(root))
        title = specs.connector.title
        first, *_ = specs.connector.search.common or specs.connector.agents.tools or tuple(specs.paths)
        lines = [example_line("", first, one) for one in specs.action(first).examples if one.input]
        call = min(lines, key=len).removeprefix(" run ") if lines else call
    except (SpecError, UnknownActionError, ValueError):
        pass
    return call, title
