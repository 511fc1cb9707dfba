"""What the palette's script asks at each key: a route of its own, since an event of NiceGUI's costs more."""

from __future__ import annotations

from nicegui import app as nicegui_app
from starlette.requests import Request
from starlette.responses import JSONResponse

from ..pages import BACKEND
from ..spoken import asked_for
from .palette_index import found

PATH = "/_workbench/palette"
_MOST = 200  # characters of a search


def register() -> None:
    """Add the route; once in a process."""
    nicegui_app.add_route(PATH, _answer)


def _answer(request: Request) -> JSONResponse:
    search = request.query_params.get("q", "")[:_MOST]
    backend = request.scope[BACKEND]
    say = asked_for(backend.connector.specs.root, request)
    entries = [entry.shown(say) for entry in found(backend, search)]
    return JSONResponse(entries, headers={"Cache-Control": "no-store"})
