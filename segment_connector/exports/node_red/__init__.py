"""Nodes for Node-RED: one that calls actions, one that starts flows when something happens, over ``serve``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..export import SERVICE, Export, ExportOptions

if TYPE_CHECKING:
    from ...connector import Connector


def _files(connector: Connector, options: ExportOptions) -> Mapping[str, bytes]:
    from .palette import palette_files

    return palette_files(connector, options)


EXPORT = Export(
    title="Node-RED",
    summary="Nodes for Node-RED 4 and 5: call any action, and start flows when something happens.",
    modes=(SERVICE,),
    files=_files,
    next_steps="""\
  Start the service that the nodes call:   <program> serve
  Install the nodes into Node-RED:         cd ~/.node-red && npm install <folder>
  Start Node-RED anew, and choose a node of the new category.
""",
)
