"""The pages of the workbench, and how one is added.

A page is a module of this package with one function::

    def page(backend: Backend) -> None:       # or async def; names in the path come as keyword arguments, decoded
        heading("Title", "A sentence that says what the page is for.")
        with panel("A part of it"):
            ...

It is called for every visit and fills the frame's ``<main>`` with NiceGUI elements; ``frame`` has ``heading`` (the
page's ``<h1>``), ``panel`` (a part with a heading of its own) and ``chosen`` (the connection that the person chose, and
how to hear of another choice); ``markup`` has plain elements. Its line stands in ``PAGES``. What the page does must not
hold up the event loop: ``work.in_thread`` runs what waits. A page that works with triggers is given their service
instead of the backend; its line says so.

Colours are custom properties of ``markup/colours.css`` (``--accent``), distances and type of ``static/workbench.css``
(``--wb-...``), which also knows the classes ``wb-panel``, ``wb-row``, ``wb-table``, ``wb-button``, ``wb-chip``,
``wb-code``, ``wb-note``, ``wb-empty``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from inspect import isawaitable
from typing import TYPE_CHECKING

from nicegui import ui
from starlette.requests import Request

from ...call.policy import NotOffered
from ...errors import ConnectorError, InputError, Problem, UnknownActionError
from ...inbox.store_errors import UnknownRegistration
from .failures import show_problems
from .frame import framed
from .spoken import to_say

if TYPE_CHECKING:
    from ..backend import Backend

BACKEND = "segment_connector.backend"
"""The member of a request's scope that holds the backend."""
TRIGGERS = "segment_connector.triggers"
"""The member of a request's scope that holds the service of triggers."""

_PATIENCE = 60  # seconds in which a page must be made; the first one may start the sandbox on a busy machine
_STATUS = {UnknownActionError: 404, UnknownRegistration: 404, NotOffered: 403, InputError: 400}


@dataclass(frozen=True, slots=True)
class PageRoute:
    """A page.

    :ivar path: where it is served; ``{name}`` takes a part of the path.
    :ivar module: the module of this package that has its ``page``.
    :ivar title: for the window and the navigation.
    :ivar icon: of the navigation, by the name of its symbol in ``static/icons.svg``; ``None`` for a page that is
        reached from another.
    :ivar words: what else somebody may call it who looks for it.
    :ivar needs: the member of ``Specs`` without which there is nothing on it, so that nothing leads there.
    :ivar given: the member of a request's scope that it works with.
    """

    path: str
    module: str
    title: str
    icon: str | None = None
    words: tuple[str, ...] = ()
    needs: str | None = None
    given: str = BACKEND


PAGES = (
    PageRoute("/", "catalogue.catalogue_page", to_say("Catalogue"), "apps", ("home", "start", "all actions")),
    PageRoute("/actions/{name}", "action.action_page", to_say("Action")),
    PageRoute("/debugger", "debugger.debugger_page", to_say("Debugger"), "sensors", ("sandbox", "events that arrived")),
    PageRoute(
        "/ways",
        "ways.ways_page",
        to_say("Where events go"),
        "alt_route",
        ("investigations", "trace"),
        needs="investigations",
    ),
    PageRoute("/triggers", "triggers.triggers_page", to_say("Triggers"), "bolt", needs="triggers", given=TRIGGERS),
    PageRoute("/triggers/{name}", "triggers.subscribe_page", to_say("Trigger"), given=TRIGGERS),
    PageRoute("/triggers/{name}/{id}", "triggers.subscription_page", to_say("Subscription"), given=TRIGGERS),
    PageRoute("/plans", "plans.plans_page", to_say("Plans"), "rule", ("tracking plans",), needs="plans"),
    PageRoute(
        "/connections",
        "connections.connections_page",
        to_say("Connections"),
        "key",
        ("credentials", "tokens", "write key", "settings"),
    ),
    PageRoute("/history", "history.history_page", to_say("History"), "history", ("past calls", "recent calls")),
    PageRoute("/history/{number}", "history.call_page", to_say("Call")),
    PageRoute(
        "/bulk", "bulk.bulk_page", to_say("Bulk"), "upload_file", ("import a file", "upload", "csv", "spreadsheet")
    ),
    PageRoute("/agents", "agents.agents_page", to_say("Agents"), words=("mcp", "claude", "cursor", "ai", "tools")),
    PageRoute("/author", "author.author_page", to_say("Author"), "edit_note", ("edit actions", "yaml", "new action")),
)


def register() -> None:
    """Tell NiceGUI of every page; once in a process."""
    for page in PAGES:
        ui.page(page.path, response_timeout=_PATIENCE)(_handler(page))


async def not_found(request: Request) -> None:
    """What is shown for a path that no page has."""
    backend = request.scope[BACKEND]
    with framed(backend, request, "", to_say("Not found"), _navigation(backend)):
        ui.context.client.status_code = 404
        show_problems([Problem("unknown_page", "there is no such page", "choose one above")])


def pages_of(backend: Backend) -> list[PageRoute]:
    """The pages that one can go to and find something on."""
    specs = backend.connector.specs
    return [
        page for page in PAGES
        if "{" not in page.path and (page.needs is None or getattr(specs, page.needs) is not None)
    ]  # fmt: skip


def _navigation(backend: Backend) -> list[tuple[str, str, str]]:
    return [(page.path, page.title, page.icon) for page in pages_of(backend) if page.icon]


def _handler(page: PageRoute) -> Callable[[Request], Awaitable[None]]:
    async def show(request: Request) -> None:
        backend = request.scope[BACKEND]
        with framed(backend, request, page.path, page.title, _navigation(backend)):
            try:
                made = import_module(f".{page.module}", __package__).page(
                    request.scope[page.given], **request.path_params
                )
                if isawaitable(made):
                    await made
            except ConnectorError as error:
                ui.context.client.status_code = _STATUS.get(type(error), 500)
                show_problems(error.problems, backend.connector.specs.command)

    return show
