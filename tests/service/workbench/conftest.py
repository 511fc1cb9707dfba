"""The workbench in a real Chromium: a service and a browser for each module, a window for each test."""

from __future__ import annotations

import json
import pkgutil
import threading
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from browsing import SECRET, WAIT, Window
from chromium import chromium
from playwright.sync_api import Browser, BrowserContext, expect
from starlette.applications import Starlette

from segment_connector import Connector
from segment_connector.service import workbench
from segment_connector.service.app import create_app
from segment_connector.service.backend import Backend
from segment_connector.service.server import Service, listen, url_of
from segment_connector.service.sessions import Sessions
from segment_connector.service.settings import Settings
from segment_connector.service.trigger_service import TriggerService
from segment_connector.service.workbench.history.form_drafts import forget_drafts

expect.set_options(timeout=WAIT)

# Pages are imported when they are visited: should an unmeasured test be the first, their heads would count as not run.
for _module in pkgutil.walk_packages(workbench.__path__, f"{workbench.__name__}."):
    import_module(_module.name)


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    """What the service works with; its connection ``production`` leads to a port where nobody listens."""
    path = tmp_path_factory.mktemp("backend") / "connections.json"
    servers = dict.fromkeys(("tracking", "public", "profiles"), "http://127.0.0.1:9")
    path.write_text(json.dumps({"production": {"region": "eu", "writeKey": SECRET, "servers": servers}}))
    path.chmod(0o600)
    backend = Backend(Connector.load(max_retries=0), connections_file=path)
    yield backend
    backend.close()


@pytest.fixture(scope="module")
def running(backend: Backend) -> Iterator[tuple[str, Starlette]]:
    """Where the service is, and its app; gone with its module, as a process serves one workbench at a time."""
    settings = Settings(port=0, grace=2)
    app = create_app(backend, settings)
    listener = listen(settings)
    ready = threading.Event()
    server = Service(app, settings, ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="service")
    thread.start()
    assert ready.wait(20), "the service did not start"
    yield url_of(listener), app
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive(), "the service did not stop"


@pytest.fixture(scope="module")
def service(running: tuple[str, Starlette]) -> tuple[str, Sessions]:
    """Where the service is, and who may come in."""
    return running[0], running[1].state.sessions


@pytest.fixture(scope="module")
def triggers(running: tuple[str, Starlette]) -> TriggerService:
    """The service's triggers."""
    found: TriggerService = running[1].state.triggers
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for each module: while Playwright is there its loop is, and other tests of the worker need theirs."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def signed_in(service: tuple[str, Sessions]) -> list[Any]:
    """The cookie of somebody who came by the link of the start, which works once."""
    url, sessions = service
    with requests.Session() as session:
        session.trust_env = False
        session.get(f"{url}/?token={sessions.link_token}", timeout=20)
        return [{"name": one.name, "value": one.value, "url": url} for one in session.cookies]


@pytest.fixture(scope="module")
def contexts(browser: Browser) -> Iterator[dict[str, BrowserContext]]:
    """A context of the browser for each set of options, whose cache keeps what NiceGUI's pages load."""
    made: dict[str, BrowserContext] = {}
    yield made
    for context in made.values():
        context.close()


@pytest.fixture
def open_window(
    browser: Browser, contexts: dict[str, BrowserContext], service: tuple[str, Sessions], signed_in: list[Any],
    backend: Backend,
) -> Iterator[Callable[..., Window]]:  # fmt: skip
    """Makes windows: takes the options of a Playwright context, such as ``viewport`` and ``color_scheme``.

    No form is filled in before. At the end no window may have asked for anything elsewhere, nor met an error.
    """
    made: list[Window] = []
    forget_drafts(backend)

    def make(**options: Any) -> Window:
        key = json.dumps(options, sort_keys=True)
        if key not in contexts:
            contexts[key] = browser.new_context(reduced_motion="reduce", **options)
            contexts[key].set_default_timeout(WAIT)
        context = contexts[key]
        context.clear_cookies()
        context.add_cookies(signed_in)
        window = Window(context.new_page(), service[0])
        made.append(window)
        return window

    yield make
    for window in made:
        window.page.close()
        hosts = {urlsplit(url).hostname for url in window.asked if not url.startswith(("data:", "blob:"))}
        assert hosts <= {"127.0.0.1"}
        assert window.faults == []


@pytest.fixture
def window(open_window: Callable[..., Window]) -> Window:
    """A window of usual size."""
    return open_window(viewport={"width": 1280, "height": 900})
