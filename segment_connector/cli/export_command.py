"""``segment-connector export``: write a package for a host of another language, or say whether one is stale."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .common import load_connector, program
from .mcp_command import names
from .output import echo_hint, table, visible
from .stale_files import tell_stale

if TYPE_CHECKING:
    from ..connector import Connector
    from ..exports import Export, ExportOptions

_EXAMPLES = """\b
Examples:
  <program> export
  <program> export HOST
  <program> export HOST my-package --groups GROUP,GROUP
  <program> export HOST my-package --mode service
  <program> export HOST my-package --check
"""


def _hosts(_: click.Context, __: click.Parameter, begun: str) -> list[str]:
    from ..exports import host_names

    return [name for name in host_names() if name.startswith(begun)]


@click.command("export", epilog=_EXAMPLES)
@click.argument("host", metavar="HOST", required=False, shell_complete=_hosts)
@click.argument("folder", metavar="DIR", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--mode", metavar="MODE", help="direct: the host calls the API; service: it calls '<program> serve'.")
@click.option(
    "--groups", "--group", multiple=True, callback=names, metavar="GROUP,...", help="Only actions of these groups."
)
@click.option(
    "--allow",
    multiple=True,
    callback=names,
    metavar="EFFECT,...",
    help="What actions may do: read, write, delete. Without it, all of them.",
)
@click.option(
    "--tool",
    "--tools",
    "tools",
    multiple=True,
    callback=names,
    metavar="ACTION,...",
    help="This action too, whatever its effect and group.",
)
@click.option("--service", metavar="URL", help="Where the host finds '<program> serve' in service mode.")
@click.option("--check", is_flag=True, help="Write nothing; say which files of DIR are stale.")
@click.option("--force", is_flag=True, help="Write over files that somebody has changed.")
def command(*, host: str | None, folder: Path | None, check: bool, force: bool, **given: Any) -> None:
    """Write a package for HOST into DIR, from the specs; the same specs give the same bytes.

    Without HOST, the hosts are listed; without DIR, the files are, and nothing is written.

    What an earlier export wrote to DIR and this one does not is removed. Files that somebody has changed are neither
    written over nor removed, and then nothing is. --check reads from DIR with which options it was written.

    \b
    Exit codes: 0 ok, 1 files are stale (with --check), 2 bad input or a spec is wrong.
    """  # noqa: D301 - click reads \b as the character
    from ..exports import find_export, host_names

    if host is None:
        click.echo("\n".join(table([(name, find_export(name).summary) for name in host_names()])))
        return
    export = find_export(host)
    if check and force:
        raise click.UsageError("--check writes nothing; leave out --force")
    if check and folder is None:
        raise click.UsageError("--check needs DIR, the folder to look at")
    connector = load_connector()
    options = {name: given[name] for name in ("mode", "groups", "allow", "tools", "service") if given[name]}
    if check and not options and folder is not None:
        options = _kept_options(folder, connector.spec.name)
    wanted = _wanted(export, connector, options)
    files = export.files(connector, wanted)
    if folder is None:
        click.echo("\n".join(table([(path, f"{len(files[path]):,} bytes") for path in sorted(files)])))
        echo_hint(f"write them with '{_again(host, 'DIR', options)}'")
    elif check:
        _tell_stale(folder, files, connector.spec.name, host, options)
    else:
        _write(export, wanted, folder, files, connector, host, options, force=force)


def _kept_options(folder: Path, name: str) -> dict[str, Any]:
    from ..exports import manifest_of

    kept = manifest_of(folder, name).get("options")
    return dict(kept) if isinstance(kept, dict) else {}


def _wanted(export: Export, connector: Connector, options: Mapping[str, Any]) -> ExportOptions:
    from ..call.policy import Policy
    from ..exports import ExportOptions

    policy = Policy(
        connector.specs, allow=options.get("allow"), groups=options.get("groups", ()), tools=options.get("tools", ())
    )
    more = {"service": options["service"].rstrip("/")} if "service" in options else {}
    return ExportOptions(mode=export.mode(options.get("mode")), policy=policy, **more)


def _again(host: str, folder: str, options: Mapping[str, Any]) -> str:
    """The command that writes the export, quoted for a shell."""
    words = ["export", host, folder]
    for name, value in options.items():
        option = "--tool" if name == "tools" else f"--{name}"
        words += [option, ",".join(value) if isinstance(value, (list, tuple)) else str(value)]
    return f"{program()} {shlex.join(words)}"


def _write(
    export: Export, wanted: ExportOptions, folder: Path, files: Mapping[str, bytes], connector: Connector, host: str,
    options: Mapping[str, Any], *, force: bool,
) -> None:  # fmt: skip
    from ..exports import write

    done = write(folder, files, connector=connector.spec.name, host=host, options=options, force=force)
    size = sum(len(content) for content in files.values())
    left = sorted(export.left_out(connector, wanted))
    click.echo(
        f"{visible(str(folder))}: {len(files):,} files, {size:,} bytes, {len(wanted.actions) - len(left):,} actions, "
        f"{wanted.mode} mode; {len(done.changed):,} changed, {len(done.removed):,} removed"
    )
    if left:
        click.echo(f"left out, since the form of the host cannot hold them: {', '.join(left)}")
    if export.next_steps:
        steps = export.next_steps.replace("<folder>", shlex.quote(str(folder))).replace("<program>", program())
        click.echo(f"\nNext:\n{steps.rstrip()}")


def _tell_stale(
    folder: Path, files: Mapping[str, bytes], connector: str, host: str, options: Mapping[str, Any]
) -> None:
    from ..exports import check, manifest_of

    found = check(folder, files, manifest_of(folder, connector).get("files", {}))
    tell_stale(folder, found, len(files), "files", _again(host, str(folder), options), 1)
