"""An app for Zapier: actions and searches, dropdowns, and triggers over ``serve``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..export import DIRECT, SERVICE, Export, ExportOptions

if TYPE_CHECKING:
    from ...connector import Connector


def _files(connector: Connector, options: ExportOptions) -> Mapping[str, bytes]:
    from .zapier_app import app_files

    return app_files(connector, options)


EXPORT = Export(
    title="Zapier",
    summary="An app for Zapier: every action, dropdowns, and triggers where it calls the service.",
    modes=(DIRECT, SERVICE),
    files=_files,
    next_steps="""\
  cd <folder> && npm install
  npx zapier-platform-cli@19 login && npx zapier-platform-cli@19 register && npx zapier-platform-cli@19 push
""",
)
