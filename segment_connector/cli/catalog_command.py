"""``segment-connector catalog``: what a platform lists, for programs (json, yaml) and for people (md, html)."""

from __future__ import annotations

import click

from .common import load_connector
from .output import echo_json, table

_EXAMPLES = """\b
Examples:
  <program> catalog PLATFORM > listing.json
  <program> catalog PLATFORM --format md
  <program> catalog PLATFORM --format html > listing.html
"""


def _platforms(ctx: click.Context, _: click.Parameter, begun: str) -> list[str]:
    from ..language.profiles import profile_paths
    from ..language.specs import Specs
    from .common import root_of

    return [name for name in profile_paths(Specs(root_of(ctx)).root) if name.startswith(begun)]


@click.command("catalog", epilog=_EXAMPLES)
@click.argument("platform", metavar="PLATFORM", required=False, shell_complete=_platforms)
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "yaml", "md", "html"]),
    default="json",
    help="Output format; json by default. md and html are pages for people.",
)
@click.option("--entry", is_flag=True, help="Print the shape that all platforms share, not the platform's own.")
def command(*, platform: str | None, form: str, entry: bool) -> None:
    """Print the catalogue of PLATFORM: its actions, parameters, outputs, credentials and limits.

    Without PLATFORM, the platforms are listed. The output depends on the specs alone: the same specs give the same
    bytes.
    """
    from ..language.profiles import profile_paths, read_profile

    connector = load_connector()
    if platform is None:
        root = connector.specs.root
        rows = [(name, read_profile(root, name).summary) for name in profile_paths(root)]
        click.echo("\n".join(table(rows)))
        return
    catalog = connector.catalog(platform)
    if form in ("md", "html"):
        from ..platforms.html_page import page
        from ..platforms.markdown_page import text

        click.echo((page if form == "html" else text)(catalog.entry()), nl=False)
        return
    listing = catalog.entry() if entry else catalog.listing()
    if form == "json":
        echo_json(listing)
        return
    from ..language.yaml_writer import dump

    click.echo(dump(listing), nl=False)
