"""What the commands about a running sandbox share: where it is, how it is asked, how they end."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

import click

from ..errors import Problem
from .common import program
from .output import report

PORT = 8765
PAGE = 200
WAIT = 20  # seconds that one request of --follow waits

_MOST_BYTES = 200_000_000


def url_option(function: Any) -> Any:
    """The option of a command that says where the sandbox is."""
    return click.option(
        "--url",
        callback=_checked_url,
        metavar="URL",
        help=f"Where the sandbox is.  [default: http://127.0.0.1:{PORT}]",
    )(function)


def _checked_url(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> str:
    from ..schema.formats import HINTS, base_url

    url = value if value is not None else str(ctx.obj)
    if not base_url(url):
        raise click.BadParameter(f"this is not an address of a server; {HINTS['base-url']}")
    return url.rstrip("/")


@contextlib.contextmanager
def until_stopped() -> Iterator[None]:
    """Leave the block at Ctrl-C or SIGTERM, in good order.

    A shell starts programs in the background with SIGINT ignored, so both are set here and not left to Python.
    """

    def stop(_number: int, _frame: Any) -> NoReturn:
        raise KeyboardInterrupt

    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)} if main else {}
    try:
        yield
    except KeyboardInterrupt:
        if sys.stderr.isatty():  # the terminal has written ^C
            click.echo(err=True)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def call(url: str, method: str, path: str, body: Any = None, *, wait: float = 0) -> Any:
    """Ask a sandbox; whatever is not its answer ends the program with a message."""
    from ..http.transport import NoAnswer, Transport, host_of
    from ..language.connector_records import Timeout
    from ..values.json_values import decode, encode

    transport = Transport()
    content = None if body is None else encode(body)
    try:
        timeout = Timeout(connect=5, read=wait + 10, total=wait + 60)
        answer = transport(method, url + path, {"Content-Type": "application/json"}, content, timeout, _MOST_BYTES)
    except NoAnswer as none:
        cure = f"start one in another terminal: {program()} sandbox"
        if not url.endswith(f":{PORT}"):
            cure += f" --port {host_of(url).rpartition(':')[2]}"
        if none.kind == "proxy":
            cure = "set NO_PROXY=127.0.0.1, so that the proxy is not asked"
        fail(f"no sandbox answers at {url}: {none.reason}", cure, 1)
    finally:
        transport.close()
    try:
        value = decode(answer.body)
    except ValueError:
        value = None
    if isinstance(value, dict) and answer.status in (200, 201):
        return value
    problem = value.get("error") if isinstance(value, dict) else None
    if not isinstance(problem, dict) or not problem.keys() >= {"code", "message"}:
        fail(
            f"what answers at {url} is not a sandbox (HTTP {answer.status})", "name the sandbox's address with --url", 1
        )
    report([Problem(problem["code"], problem["message"], problem.get("hint"), problem.get("field"))])
    raise click.exceptions.Exit(2)


def fail(message: str, hint: str, code: int) -> NoReturn:
    """End the program with a message."""
    report([Problem("sandbox", message, hint)])
    raise click.exceptions.Exit(code)


def value_of(text: str) -> Any:
    """The JSON value of a text, or the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def counted(number: int, noun: str, several: str = "") -> str:
    """A number with its noun: ``1 event``, ``2 events``.

    :param several: its plural, where that has no s at its end only.
    """
    return f"{number:,} {noun if number == 1 else several or noun + 's'}"
