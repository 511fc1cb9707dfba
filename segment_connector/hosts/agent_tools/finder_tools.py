"""The three tools that stand for all others, as a client sees them: ``finder_tools.yaml``, filled in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...call.policy import EFFECTS
from ...language.yaml_reader import read
from .offer import Offer
from .tools import ToolHints, ToolSpec

FIND, DESCRIBE, RUN = "find_action", "describe_action", "run_action"
USUAL = 10
_FILE = Path(__file__).with_suffix(".yaml")


def tools_of(offer: Offer) -> dict[str, ToolSpec]:
    """The tools by name.

    :param offer: what may be found and called by them.
    """
    specs = offer.specs
    told = {"title": specs.connector.title, "count": len(specs.paths), "offered": _offered(offer)}
    found: dict[str, Any] = read(_FILE)
    looked_for = found[FIND]["inputSchema"]["properties"]
    looked_for["group"]["enum"] = list(offer.groups or specs.groups)
    looked_for["effect"]["enum"] = list(EFFECTS)
    only_reads = offer.may == {"read"}
    runs = ToolHints(reads=only_reads, destroys=not only_reads, repeats=False)
    looks = ToolHints(reads=True, destroys=False, repeats=True, outside=False)
    return {
        name: ToolSpec(
            name=name,
            title=one["title"],
            description=one["description"].format(**told),
            input_schema=one["inputSchema"],
            output_schema=one["outputSchema"],
            hints=runs if name == RUN else looks,
        )
        for name, one in found.items()
    }


def _offered(offer: Offer) -> str:
    effects = [effect for effect in EFFECTS if effect in offer.allow]
    said = ", ".join(f"those that {effect}" for effect in effects)
    if offer.groups:
        said += f" in {', '.join(offer.groups)}"
    return ", and ".join(filter(None, [said, ", ".join(offer.named)]))
