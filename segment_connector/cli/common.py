"""What commands share: the spec root, the connector and the connection."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import ConnectionConfigError, InputError, Problem
from . import SUBJECT, Program, typed
from .json_arguments import read_json_object
from .plan_arguments import given_plan

if TYPE_CHECKING:
    from ..connector import Connector
    from ..language.connector_records import ConnectorSpec
    from ..language.specs import Specs
    from .stored_profiles import StoredProfiles

_SERVER = "server"
_LOCALE = "segment_connector.locale"
_PROFILE = "profile"
_Command = TypeVar("_Command", bound=Callable[..., Any])


def specs_root() -> Path | None:
    """The folder that ``--specs`` or its environment variable names, else the program's; ``None`` for the package's."""
    return root_of(click.get_current_context())


def program() -> str:
    """What has to be typed for the running program to do something with the same specs, quoted for a shell."""
    return typed(click.get_current_context())


def prefix() -> str:
    """What the environment variables of the running program begin with."""
    command = click.get_current_context().find_root().command
    assert isinstance(command, Program)
    return command.prefix


def program_name() -> str:
    """The running program's name."""
    return str(click.get_current_context().find_root().command.name)


def stored_profiles(ctx: click.Context | None = None) -> StoredProfiles:
    """The connections that 'login' stored; ``<prefix>CONFIG`` names another folder for them.

    :param ctx: the context, where none is the current one yet: in completions.
    """
    from .stored_profiles import StoredProfiles

    command = (ctx or click.get_current_context()).find_root().command
    assert isinstance(command, Program)
    folder = os.environ.get(f"{command.prefix}CONFIG")
    return StoredProfiles(str(command.name), Path(folder) if folder else None)


def load_specs() -> Specs:
    """The specs, which name the running program in their hints, in the language that ``--locale`` names.

    :raises SpecError: when there are none.
    :raises InputError: when there is no such language.
    """
    from ..language.specs import Specs

    specs = Specs(specs_root(), program())
    if (language := chosen_locale()) is None:
        return specs
    from ..language.localised_specs import localised

    return localised(specs, language)


def load_connector(**options: Any) -> Connector:
    """The connector of the spec root, held to the plan that ``--plan`` names.

    :param options: as for ``Connector.load``.
    :raises SpecError: when there is none.
    :raises InputError: when the plan cannot be used.
    """
    from ..connector import Connector

    return Connector(load_specs(), **given_plan(click.get_current_context()), **options)


def action_argument(command: _Command) -> _Command:
    """Add ``ACTION``, which shells complete."""
    return click.argument(
        "action", metavar="ACTION", shell_complete=_action_names, callback=lambda ctx, _, name: subject(ctx, name)
    )(command)


def subject(ctx: click.Context, name: str) -> str:
    """Keep what a command is about, for an error that is told as JSON; gives it back."""
    ctx.meta[SUBJECT] = name
    return name


def _action_names(ctx: click.Context, _: click.Parameter, begun: str) -> list[str]:
    from ..language.specs import Specs

    return [name for name in Specs(root_of(ctx)).paths if name.startswith(begun)]


def root_of(ctx: click.Context) -> Path | None:
    """As ``specs_root``, where no context is the current one yet: in completions."""
    root = ctx.find_root()
    assert isinstance(root.command, Program)
    named = root.params.get("specs")
    return Path(named) if named else root.command.root


def locale_option(command: _Command) -> _Command:
    """Add ``--locale LANG``, which shells complete; ``load_specs`` knows of it."""
    return click.option(
        "--locale",
        metavar="LANG",
        expose_value=False,
        callback=_remember_locale,
        shell_complete=_locale_names,
        help="Language of titles and descriptions, for example es; what lacks is in English.",
    )(command)


def _remember_locale(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.meta[_LOCALE] = value


def _locale_names(ctx: click.Context, _: click.Parameter, begun: str) -> list[str]:
    from ..language.locales import locale_titles
    from ..language.specs import default_root

    return [name for name in locale_titles(root_of(ctx) or default_root()) if name.startswith(begun)]


def chosen_locale() -> str | None:
    """The language that ``--locale`` names; ``None`` without it."""
    named: str | None = click.get_current_context().meta.get(_LOCALE)
    return named


def connection_option(command: _Command) -> _Command:
    """Add ``--connection FILE``, and ``--server NAME`` which ``connection_from`` and ``with_server`` know of."""
    named = click.option(
        "--server",
        metavar="NAME",
        expose_value=False,
        callback=_remember_server,
        shell_complete=_server_names,
        help="Another service that accepts the same calls, in place of what the connection says.",
    )(command)
    for option in reversed(connection_options()):
        named.__dict__.setdefault("__click_params__", []).append(option)
    return named


def connection_options() -> list[click.Option]:
    """The options ``--connection FILE`` and ``--profile NAME``, of which ``connection_from`` knows the second."""
    return [
        click.Option(
            ["--connection"], metavar="FILE",
            help="JSON file with the connection; without it, the environment variables that "
            "'<program> test-connection --help' lists are read, then the profile 'default'.",
        ),
        click.Option(
            ["--profile"], metavar="NAME", expose_value=False, callback=_remember_profile,
            shell_complete=_profile_names, help="A connection that 'login' stored under this name.",
        ),
    ]  # fmt: skip


def _remember_profile(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.meta[_PROFILE] = value


def _profile_names(ctx: click.Context, _: click.Parameter, begun: str) -> list[str]:
    return [name for name in stored_profiles(ctx).names if name.startswith(begun)]


def _remember_server(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        ctx.meta[_SERVER] = value


def _server_names(ctx: click.Context, _: click.Parameter, begun: str) -> list[str]:
    from ..language.served_specs import server_paths
    from ..language.specs import default_root

    return [name for name in server_paths(root_of(ctx) or default_root()) if name.startswith(begun)]


def with_server(connection: Mapping[str, Any]) -> dict[str, Any]:
    """A connection with the service that ``--server`` names, if it does."""
    named = click.get_current_context().meta.get(_SERVER)
    return {**connection, **({} if named is None else {_SERVER: named})}


def service_in_sandbox(connector: Connector) -> Connector:
    """The connector of the service that ``--server`` names, for a sandbox, which brings the rest of the connection.

    :raises ConnectionConfigError: when there is no such service.
    """
    from ..connection import Connections

    given = with_server({})
    try:
        Connections(connector.spec).check(given)
    except ConnectionConfigError as error:
        if wrong := [_placed(problem, connector.spec, None) for problem in error.problems if problem.field == _SERVER]:
            raise ConnectionConfigError(wrong) from None
    return connector.serving(given)


@contextmanager
def connection_from(connector: Connector, file: str | None) -> Iterator[dict[str, Any]]:
    """A connection; errors about it that are raised inside say where it came from.

    :param file: what ``--connection`` names; it wins entirely over ``--profile``, that over the environment, and that
        over the profile ``default``.
    :raises ConnectionConfigError: with the file, the profile or the environment variable as the place.
    """
    if file is None:
        given, file = kept_connection(connector)
    else:
        try:
            given = read_json_object(Path(file).read_bytes, file, 'a connection, for example {"region": "eu"}')
        except InputError as error:
            raise ConnectionConfigError(error.problems) from None
    try:
        yield with_server(given)
    except ConnectionConfigError as error:
        raise ConnectionConfigError([_placed(problem, connector.spec, file) for problem in error.problems]) from error


def is_profile_named() -> bool:
    """Whether ``--profile`` was given."""
    return _PROFILE in click.get_current_context().meta


def kept_connection(connector: Connector) -> tuple[dict[str, Any], str | None]:
    """The connection where no file is named, and the place that its problems have; ``None`` for the environment.

    :raises ConnectionConfigError: when there is no such profile, or it cannot be read.
    """
    from .stored_profiles import DEFAULT

    context = click.get_current_context()
    asked = context.meta.get(_PROFILE) or os.environ.get(f"{prefix()}PROFILE")
    given = connector.connection_from_environment(os.environ)
    profiles = stored_profiles()
    if asked is None and (given or DEFAULT not in profiles.names):
        return given, None
    name = asked or DEFAULT
    return profiles.load(name), f"profile {name}"


def _placed(problem: Problem, spec: ConnectorSpec, file: str | None) -> Problem:
    if problem.field == _SERVER and _SERVER in click.get_current_context().meta:
        return replace(problem, field="--server")
    variable = spec.variable_of(problem.field)
    if problem.code == "missing_credential":
        ways = f"set {variable}, or " if variable else ""
        ways += f"name a file with '{problem.field}' with --connection; --sandbox needs neither"
        return replace(problem, hint=f"{problem.hint} Then {ways}" if problem.hint else ways)
    if file is not None:
        return replace(problem, path=file)
    return replace(problem, field=variable or problem.field)
