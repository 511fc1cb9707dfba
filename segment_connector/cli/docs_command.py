"""``segment-connector docs``: write the pages of documentation from the specs, or say which are stale."""

from __future__ import annotations

from pathlib import Path

import click

from .common import load_specs, program
from .stale_files import tell_stale

_EXAMPLES = """\b
Examples:
  <program> docs
  <program> docs --check
  <program> docs --out my-connector/docs
"""


@click.command("docs", epilog=_EXAMPLES)
@click.option("--check", is_flag=True, help="Write nothing; say which pages are stale.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("docs"),
    metavar="DIR",
    help="Folder of the pages; 'docs' in the working directory by default.",
)
def command(*, check: bool, out: Path) -> None:
    """Write a page of documentation for each action, resource and platform, and the reference, as Markdown.

    Pages that a person wrote, such as guides, are left alone. The navigation of 'mkdocs.yml' beside the folder is
    brought up to date.

    \b
    Exit codes: 0 ok, 2 pages are stale (with --check) or a spec is wrong.
    """  # noqa: D301 - click reads \b as the character
    from ..docs.all_pages import pages, stale, write

    made = pages(load_specs(), out)
    if not check:
        changed = write(made, out)
        click.echo(f"{len(made):,} pages in {out}, {len(changed):,} of them changed")
        return
    tell_stale(out, stale(made, out), len(made), "pages", f"{program()} docs", 2)
