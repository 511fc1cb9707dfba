"""``segment-connector check``: judge spec files, and say every problem at once with its place and cure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import click

from ..errors import Problem
from .common import specs_root
from .output import visible
from .output_formats import emit, format_option


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@format_option()
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Folder with connector.yaml; by default the one that PATHS are in, or that of --specs, or the package's own.",
)
def command(paths: tuple[Path, ...], root: Path | None) -> None:
    """Check spec files for mistakes and print all of them; PATHS are files or folders to report on, by default all.

    \b
    Exit codes: 0 no problem, 2 problems.

    \b
    Examples:
      <program> check
      <program> check actions/GROUP/<action>.yaml
      <program> check --format json my-connector/
    """  # noqa: D301 - click reads \b as the character
    from ..checks import judge
    from ..checks.project import Project

    project = Project(root or _root_of(paths) or specs_root() or _package_root())
    wanted = [path.absolute() for path in paths] or [project.root]
    for path, given in zip(wanted, paths, strict=False):
        if not path.is_relative_to(project.root):
            message = f"'{given}' is not in {project.root}; name the folder with its connector.yaml with --root"
            raise click.BadParameter(message, param_hint="PATHS")
    problems = [replace(problem, path=_shown(problem.path, project.root)) for problem in judge(project, wanted)]
    sources = [source for source in project.sources if _is_in(source.path, wanted)]
    said = [problem.to_dict() for problem in problems]
    if not emit({"ok": not problems, "files": len(sources), "problems": said}, lambda: said):
        for problem in problems:
            click.echo(visible(f"{problem} [{problem.code}]"))
        actions = sum(source.kind == "action" for source in sources)
        click.echo(_summary(problems, len(sources), actions))
    if problems:
        click.get_current_context().exit(2)


def _root_of(paths: Iterable[Path]) -> Path | None:
    """The nearest folder around the first path that holds a ``connector.yaml``."""
    for path in paths:
        around = (path.absolute(), *path.absolute().parents)
        return next((folder for folder in around if (folder / "connector.yaml").is_file()), None)
    return None


def _package_root() -> Path:
    from ..language.specs import default_root

    return default_root()


def _is_in(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def _shown(path: str | None, root: Path) -> str | None:
    """A path as short as it can be: from the working directory, else from the root of the specs."""
    for base in (Path.cwd(), root):
        if path is not None and Path(path).is_relative_to(base):
            return str(Path(path).relative_to(base))
    return path


def _summary(problems: Sequence[Problem], files: int, actions: int) -> str:
    if not problems:
        return f"{_count(actions, 'action')}, no problems" if actions else f"{_count(files, 'file')}, no problems"
    broken = len({problem.path for problem in problems})
    return f"{_count(len(problems), 'problem')} in {broken} of {_count(max(files, broken), 'file')}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
