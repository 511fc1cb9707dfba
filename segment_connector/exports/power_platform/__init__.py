"""Custom connectors of Microsoft's Power Platform (Power Automate, Power Apps, Logic Apps, Copilot Studio)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from ..export import DIRECT, SERVICE, Export, ExportOptions

if TYPE_CHECKING:
    from ...connector import Connector


def _files(connector: Connector, options: ExportOptions) -> Mapping[str, bytes]:
    from .connector_files import connector_files

    return connector_files(connector, options)


def _left_out(connector: Connector, options: ExportOptions) -> Collection[str]:
    from .connector_files import left_out

    return left_out(connector, options)


EXPORT = Export(
    title="Power Platform",
    summary="Custom connectors for Power Automate, Power Apps, Logic Apps and Copilot Studio (Swagger 2.0).",
    modes=(SERVICE, DIRECT),
    files=_files,
    left_out=_left_out,
    next_steps="""\
  Each folder in <folder> is a custom connector. In Power Automate: Data > Custom connectors > New custom connector >
  Import an OpenAPI file, and choose its apiDefinition.swagger.json; or: paconn create -s <folder>/NAME/settings.json
""",
)
