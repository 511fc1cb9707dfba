"""The web workbench: the connector as a person sees it, made with NiceGUI, which brings every script and font itself.

``mount`` adds it to an app. How a page is made is told in ``pages``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from ..backend import Backend
    from ..trigger_service import TriggerService


def mount(app: Starlette, backend: Backend, triggers: TriggerService) -> None:
    """Add the workbench at ``/``, behind every route that the app has by then.

    It lives with the app's lifespan. NiceGUI serves one event loop of a process, so of several apps with a workbench
    in one process the next can start when the one before has stopped; one without is not touched.

    :param backend: what its pages work with; ``triggers`` those of triggers.
    :raises RuntimeError: by the app's lifespan, when another app's workbench is being served.
    """
    from .host import host

    host().mount(app, backend, triggers)
