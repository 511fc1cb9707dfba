"""The files of a custom connector for each group of actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..export import ExportOptions, json_file

if TYPE_CHECKING:
    from ...connector import Connector


def connector_files(connector: Connector, options: ExportOptions) -> Mapping[str, bytes]:
    """As ``Export.files`` says it."""
    paths: dict[str, dict[str, object]] = {}
    for action in options.actions:
        operation = {"operationId": action.name, "summary": action.title, "description": action.summary}
        paths.setdefault(action.group, {})[f"/v1/actions/{action.name}/run"] = {
            "post": {**operation, "responses": {"200": {"description": "The result."}}}
        }
    return {
        f"{group}/apiDefinition.swagger.json": json_file(
            {
                "swagger": "2.0",
                "info": {"title": connector.spec.title, "version": options.version},
                "paths": found,
            }
        )
        for group, found in paths.items()
    }
