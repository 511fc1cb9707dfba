"""Nodes for n8n, as an npm package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..export import DIRECT, SERVICE, Export, ExportOptions

if TYPE_CHECKING:
    from ...connector import Connector


def _files(connector: Connector, options: ExportOptions) -> Mapping[str, bytes]:
    from .n8n_package import package_files

    return package_files(connector, options)


EXPORT = Export(
    title="n8n",
    summary="An npm package with a node for all actions, a trigger node and their credential.",
    modes=(DIRECT, SERVICE),
    files=_files,
    next_steps="""\
  Install it where n8n looks for nodes, and start n8n again: npm install --prefix ~/.n8n/nodes "$(realpath <folder>)"
  In a queue or a container, do the same in the image. To publish it, see https://docs.n8n.io/integrations/creating-nodes/
""",
)
