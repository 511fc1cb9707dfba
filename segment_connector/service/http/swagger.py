"""``/docs``: Swagger UI over our own document, served from this machine.

Of the packages that carry Swagger UI, fastapi-offline has a recent one (OpenAPI 3.1 needs version 5 or later, and
swagger-ui-bundle stands at 4.15) and brings nothing that NiceGUI does not bring already; only its files are used.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from ...markup.html import html


def swagger_routes(title: str) -> list[BaseRoute]:
    """The routes of ``/docs``.

    :param title: of the page.
    """
    page = html("service/http/swagger.html", title=title)

    async def show(_: Request) -> HTMLResponse:
        return HTMLResponse(page)

    return [Route("/docs", show), Mount("/docs/files", StaticFiles(directory=_files()), name="docs")]


def _files() -> Path:
    found = find_spec("fastapi_offline")  # found and not imported: it would import all of FastAPI
    if found is None or found.origin is None:
        raise ModuleNotFoundError("fastapi_offline", name="fastapi_offline")
    return Path(found.origin).parent / "static"
