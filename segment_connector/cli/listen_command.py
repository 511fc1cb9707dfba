"""``segment-connector listen``: wait for what a trigger tells, and hand each item on."""

from __future__ import annotations

import shlex
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from ..errors import ConnectorError, InputError, Problem
from .common import connection_from, connection_option, load_connector, prefix, service_in_sandbox
from .input_arguments import Inputs, read_inputs
from .interrupts import stopped_by_signal
from .output import report, visible

if TYPE_CHECKING:
    import socket

    from ..connector import Connector
    from ..inbox.forwarder import HandOn
    from ..inbox.poller import PollReport
    from ..inbox.receiver import Reply
    from ..inbox.registration import Registration
    from ..inbox.trigger_host import TriggerHost
    from ..language.trigger_records import Trigger

PORT = 8767
_FAILED = 1
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_QUEUE = 1024
_LONGEST_WAIT = 10  # seconds; a command of this machine costs little

_EPILOG = """\b
Examples:
  <program> listen workspace_changed
  <program> listen event_received -p sourceId=ID --url https://hooks.example.com
  <program> listen event_received -p sourceId=ID --file inbox.db --exec ./start.sh
  <program> listen event_received -p sourceId=ID --sandbox

\b
The service calls a public address, which --url names: that of a tunnel or a
proxy that leads to this port. With --file, what came is kept: after a stop or a
crash the same command continues, the webhook stays set up meanwhile, and --remove
takes it down. Without it, it is taken down at the end.

\b
A command that --exec names gets the item as JSON on standard input. Exit code 0
says that it is done with; 75 that the item is to be waited for; any other one
says that it is done; 75 that the item must wait; any other code
"""


@click.command("listen", epilog=_EPILOG)
@click.argument("trigger", metavar="TRIGGER")
@click.option(
    "-p", "--param", "params", metavar="NAME=TEXT | NAME:=JSON", multiple=True, help="A parameter of the trigger."
)
@click.option("--input", "source", metavar="FILE", help="JSON object with the parameters, '-' for stdin.")
@connection_option
@click.option("--sandbox", "in_sandbox", is_flag=True, help="Listen to a local sandbox, started for it.")
@click.option("--url", metavar="URL", help="The public address that leads to this port.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=PORT, show_default=True, help="For deliveries; 0 takes a free one."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--file",
    "path",
    metavar="FILE | redis://HOST:PORT/N",
    help="Keep the inbox in this file or Redis, and continue from there.",
)
@click.option("--name", metavar="NAME", help="Name of this listener in the file.  [default: the trigger's]")
@click.option("--exec", "command", metavar="COMMAND", help="Run this for each item instead of printing it.")
@click.option(
    "--exec-timeout", type=click.FloatRange(min=0.1), default=60, show_default=True, metavar="SECONDS",
    help="How long the command may take.",
)  # fmt: skip
@click.option("--every", type=click.FloatRange(min=1), metavar="SECONDS", help="How often to poll.")
@click.option("--once", is_flag=True, help="Pass on what there is, poll once, and stop.")
@click.option("--max-items", type=click.IntRange(1), metavar="N", help="Stop after this many items.")
@click.option("--manual", is_flag=True, help="Show how to set the webhook up by hand; no token is needed.")
@click.option("--allow-unverified", is_flag=True, help="Accept unverified items, marked as such.")
@click.option("--replay", is_flag=True, help="Pass on again what was passed on before, as far as it is kept.")
@click.option("--remove", is_flag=True, help="Remove the webhook, delete what is kept of it, and stop.")
def command(
    *, trigger: str, params: tuple[str, ...], source: str | None, connection: str | None, in_sandbox: bool,
    path: str | None, remove: bool, **options: Any,
) -> None:  # fmt: skip
    """Wait for what a trigger tells, and hand each item on: as a line of JSON, or by a command that is run for it.

    'list --triggers' lists the triggers, 'show TRIGGER' describes one. Each item is passed on at least once, and known
    again by its id.
    """
    if in_sandbox and connection:
        raise click.UsageError("--sandbox brings a connection of its own; leave out --connection")
    connector = load_connector()
    spec = connector.trigger_runner.triggers.trigger(trigger)
    inputs = read_inputs(params, source)
    with ExitStack() as stack:
        given = stack.enter_context(_connection(connector, connection, in_sandbox=in_sandbox))
        store = stack.enter_context(_store(path))
        listening = _Listening(connector, spec, given, store, keeps=path is not None, **options)
        if remove:
            listening.remove()
        else:
            listening.run(inputs)


@contextmanager
def _connection(connector: Connector, file: str | None, *, in_sandbox: bool) -> Iterator[Mapping[str, Any]]:
    if not in_sandbox:
        with connection_from(connector, file) as given:
            yield given
        return
    from ..sandbox import Sandbox

    with Sandbox(service_in_sandbox(connector).specs) as sandbox:
        lines = [f"export {name}={shlex.quote(value)}" for name, value in sandbox.shown_environment.items()]
        click.echo(
            "\n".join([f"The sandbox is at {sandbox.url}. To send to it from another terminal:", *lines]), err=True
        )
        yield sandbox.connection


@contextmanager
def _store(path: str | None) -> Iterator[Any]:
    from ..inbox.stores import open_store

    with ExitStack() as stack:
        folder = None if path else stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        store = open_store(path or str(Path(str(folder)) / "inbox.db"))
        stack.callback(store.close)
        yield store


class _Listening:
    """One listener at work.

    :param given: the connection.
    :param keeps: the inbox is there after the end, and the webhook with it.
    """

    def __init__(
        self, connector: Connector, trigger: Trigger, given: Mapping[str, Any], store: Any, *, keeps: bool,
        name: str | None, url: str | None, host: str, port: int, command: str | None, exec_timeout: float,
        every: float | None, once: bool, max_items: int | None, manual: bool, allow_unverified: bool, replay: bool,
    ) -> None:  # fmt: skip
        self._connector, self._trigger, self._given, self._store = connector, trigger, given, store
        self._keeps, self._name = keeps, name or trigger.name
        self._url, self._host, self._port = url, host, port
        self._every, self._once, self._most = every, once, max_items
        self._manual, self._allow_unverified, self._replay = manual, allow_unverified, replay
        self._stop = threading.Event()
        self._taken = 0
        self._failed: Problem | None = None
        self._exec_timeout = exec_timeout
        self._hand_on: HandOn = self._consumer(command, exec_timeout)

    def _consumer(self, command: str | None, seconds: float) -> HandOn:
        from .item_consumers import Printer, Runner

        return Runner(command, seconds, prefix()) if command else Printer(self._stop.set)

    def remove(self) -> None:
        """Take the webhook down and forget the listener."""
        gone = self._host_of(lambda _path: "").unregister(self._name)
        said = f"'{self._name}' is removed" if gone else f"there is no listener '{self._name}' here"
        click.echo(said, err=True)

    def run(self, inputs: Inputs) -> None:
        """Listen until there is a reason to end."""
        self._connector.trigger_runner.compiled(self._trigger.name).checked(inputs.values)
        with ExitStack() as stack:
            stack.enter_context(stopped_by_signal(self._stop, lambda: None))
            bound = stack.enter_context(self._bound()) if self._trigger.webhook else None
            base = self._address(bound) if bound is not None else ""
            host = self._host_of(lambda path: f"{base}/in/{path}")
            stack.callback(host.close)
            if bound is not None:
                self._receive(stack, host, bound)
            made = self._registered(host, inputs)
            if not self._keeps and made.subscription is not None and not self._manual:
                stack.callback(self._take_down, host)
            self._say(host, made, base)
            self._listen(host, made)
        if self._failed is not None:
            report([self._failed])
            raise click.exceptions.Exit(_FAILED)

    def _listen(self, host: TriggerHost, made: Registration) -> None:
        if self._replay:
            count = self._store.put_back(made.id, "done")
            said = "1 item is" if count == 1 else f"{count:,} items are"
            click.echo(f"{said} passed on again", err=True)
        assert host.forwarder is not None
        if self._once:
            if made.subscription is None:
                host.poller.poll(made)
            host.forwarder.hand_on(made)
            problem = host.health(made).problem
            self._failed = self._failed or problem
            return
        host.start()
        self._stop.wait()

    def _registered(self, host: TriggerHost, inputs: Inputs) -> Registration:
        from ..triggers.setting_up import SetUpFailed

        from_cli = "--manual" if self._trigger.webhook else None
        try:
            return host.register(
                self._trigger.name, inputs.values, None, name=self._name, manual=self._manual, every=self._every,
                allow_unverified=self._allow_unverified,
            )  # fmt: skip
        except SetUpFailed as failed:
            report(failed.problems)
            if from_cli:
                click.echo(f"  to set it up by hand: {from_cli}", err=True)
            raise click.exceptions.Exit(_FAILED) from None

    def _host_of(self, url: Any) -> TriggerHost:
        from ..inbox.forwarder import LONGEST, Patience
        from ..inbox.trigger_host import TriggerHost

        return TriggerHost(
            self._store, self._connector.trigger_runner, lambda _name: self._given, url, self._counted,
            lambda one: one.id == self._name, self._polled, Patience(longest=_LONGEST_WAIT),
            max(LONGEST, self._exec_timeout),
        )  # fmt: skip

    def _counted(self, registration: Registration, entry: Any) -> None:
        if self._most is not None and self._taken >= self._most:
            from ..inbox.forwarder import NotTakenError

            raise NotTakenError("enough were taken")
        self._hand_on(registration, entry)
        self._taken += 1
        if self._taken == self._most:
            self._stop.set()

    @contextmanager
    def _bound(self) -> Iterator[socket.socket]:
        import socket

        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            bound = socket.create_server((self._host, self._port), family=family, backlog=_QUEUE)
        except OSError as error:
            message = f"port {self._port} of {self._host} cannot be used: {error.strerror}"
            raise InputError.of("port", message, "stop what uses it, or choose another with --port") from None
        with bound:
            yield bound

    def _address(self, bound: socket.socket) -> str:
        if self._url is not None:
            return self._url.rstrip("/")
        servers = self._given.get("servers")
        names = [urlsplit(str(one)).hostname for one in servers.values()] if isinstance(servers, Mapping) else []
        if self._manual or (names and all(name in _LOOPBACK for name in names)):
            shown = f"[{self._host}]" if ":" in self._host else self._host
            return f"http://{shown}:{bound.getsockname()[1]}"
        raise InputError.of(
            "required",
            "the service calls a public address, but none is given",
            f"let a tunnel or a proxy lead to port {bound.getsockname()[1]}, and give its address",
            field="--url",
        )

    def _receive(self, stack: ExitStack, host: TriggerHost, bound: socket.socket) -> None:
        try:
            from ..service.listener import Listener
        except ModuleNotFoundError as missing:
            if (missing.name or "").startswith("segment_connector"):
                raise
            raise InputError.of(
                "missing_extra", f"receiving needs {missing.name}", "pip install 'segment-connector[service]'"
            ) from None
        webhook = host.triggers.compiled(self._trigger.name).webhook
        listener = Listener(bound, host.receive, webhook.receive.max_bytes, self._replied)
        listener.start()
        stack.callback(listener.close)

    def _take_down(self, host: TriggerHost) -> None:
        try:
            host.unregister(self._name)
            click.echo("the webhook is removed", err=True)
        except ConnectorError as error:
            report(error.problems)
            kept = host.store.registration(self._name)
            made = ((kept and kept.subscription) or {}).get("kept", {})
            left = ", ".join(f"{name} {value}" for name, value in made.items())
            click.echo(f"  left in the service: {left}", err=True)

    # -- what is told, on standard error

    def _say(self, host: TriggerHost, made: Registration, base: str) -> None:
        if self._manual:
            for number, step in enumerate(host.manual_steps(made), 1):
                click.echo(f"{number}. {visible(step)}", err=True)
        if self._once:
            return
        if made.subscription is None:
            every = self._every or (self._trigger.poll.every if self._trigger.poll else 0)
            click.echo(f"{self._trigger.title}: asked every {every:g} s. To stop: Ctrl-C", err=True)
        else:
            click.echo(f"{self._trigger.title}: deliveries come to {base}/in/... To stop: Ctrl-C", err=True)
        sys.stderr.flush()

    def _replied(self, reply: Reply) -> None:
        if reply.problem is not None:
            count = f"{reply.refused} of a delivery refused" if reply.new or reply.filtered else "a delivery refused"
            hint = f" ({reply.problem.hint})" if reply.problem.hint else ""
            click.echo(visible(f"{count} with {reply.status}: {reply.problem.message}{hint}"), err=True)

    def _polled(self, told: PollReport) -> None:
        if told.problem is None:
            if told.first and told.added is not None and not told.added.new:
                click.echo("the first look is done; what happens from now on is reported", err=True)
            return
        if self._once:
            self._failed = told.problem
            return
        click.echo(visible(f"the poll failed and is repeated: {told.problem}"), err=True)
