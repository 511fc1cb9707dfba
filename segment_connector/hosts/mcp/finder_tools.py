"""The three tools that stand for all others, as a client sees them."""

from __future__ import annotations

from pathlib import Path

from mcp_types import Tool

from ...call.policy import EFFECTS
from ...language import yaml_reader
from .offer import Offer
from .tools import hints

FIND, DESCRIBE, RUN = "find_action", "describe_action", "run_action"
USUAL = 10


def tools_of(offer: Offer) -> dict[str, Tool]:
    """The tools by name.

    :param offer: what may be found and called by them.
    """
    written = yaml_reader.read(Path(__file__).with_suffix(".yaml"))
    searched = written[FIND]["input_schema"]["properties"]
    searched["group"]["enum"] = list(offer.groups or offer.specs.groups)
    searched["effect"]["enum"] = list(EFFECTS)
    reads = offer.may == {"read"}
    look = hints(reads=True, destroys=False, repeats=True, outside=False)
    call = hints(reads=reads, destroys=not reads, repeats=False)
    words = {"title": offer.specs.connector.title, "count": len(offer.specs.paths), "offered": _offered(offer)}
    return {
        name: Tool(
            name=name,
            title=one["title"],
            description=one["description"].format_map(words),
            input_schema=one["input_schema"],
            output_schema=one["output_schema"],
            annotations=call if name == RUN else look,
        )
        for name, one in written.items()
    }


def _offered(offer: Offer) -> str:
    effects = [effect for effect in EFFECTS if effect in offer.allow]
    said = ", ".join(f"those that {effect}" for effect in effects)
    if offer.groups:
        said += f" in {', '.join(offer.groups)}"
    return ", and ".join(filter(None, [said, ", ".join(offer.named)]))
