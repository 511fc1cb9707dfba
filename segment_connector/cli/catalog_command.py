"""``segment-connector catalog``: what a platform lists, for programs (json, yaml) and for people (md, html)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .common import chosen_locale, load_connector, locale_option, program, specs_root
from .output import echo_json, table
from .output_formats import TABLE, emit, form, format_option

if TYPE_CHECKING:
    from ..platforms.catalog import Catalog

_EXAMPLES = """\b
Examples:
  <program> catalog PLATFORM > listing.json
  <program> catalog PLATFORM --format md
  <program> catalog PLATFORM --format html > listing.html
  <program> catalog PLATFORM --locale es
  <program> catalog PLATFORM --locale es --missing
"""


def _platforms(ctx: click.Context, _: click.Parameter, begun: str) -> list[str]:
    from ..language.profiles import profile_paths
    from ..language.specs import Specs
    from .common import root_of

    return [name for name in profile_paths(Specs(root_of(ctx)).root) if name.startswith(begun)]


@click.command("catalog", epilog=_EXAMPLES)
@click.argument("platform", metavar="PLATFORM", required=False, shell_complete=_platforms)
@format_option("md", "html", usual="json")
@locale_option
@click.option("--missing", is_flag=True, help="Print what --locale does not translate, as YAML to be filled in.")
@click.option("--entry", is_flag=True, help="Print the shape that all platforms share, not the platform's own.")
def command(*, platform: str | None, missing: bool, entry: bool) -> None:
    """Print the catalogue of PLATFORM: its actions, parameters, outputs, credentials and limits.

    Without PLATFORM, the platforms are listed; --missing looks through all that the language covers. md and html are
    pages for people; a table and CSV have the actions only. The output depends on the specs alone: the same specs give
    the same bytes.
    """
    from ..language.profiles import profile_paths, read_profile

    if missing:
        _missing(platform)
        return
    connector = load_connector()
    specs = connector.specs
    if platform is None:
        rows = [(name, specs.in_words(read_profile(specs.root, name)).summary) for name in profile_paths(specs.root)]
        if not emit([{"name": name, "summary": summary} for name, summary in rows]):
            click.echo("\n".join(table(rows)))
        return
    catalog = connector.catalog(platform)
    if form() in ("md", "html"):
        from ..language.locales import ENGLISH, locale_of
        from ..platforms.html_page import page
        from ..platforms.markdown_page import text

        say = locale_of(specs.root, chosen_locale() or ENGLISH)
        click.echo((page if form() == "html" else text)(catalog.entry(), say), nl=False)
        return
    if form() == TABLE:
        click.echo("\n".join(table([(one["name"], one["summary"]) for one in _actions(catalog)])))
        return
    listing = catalog.entry() if entry else catalog.listing()
    if not emit(listing, lambda: _actions(catalog)):
        echo_json(listing)


def _actions(catalog: Catalog) -> list[dict[str, str]]:
    return [{word: str(one[word]) for word in ("name", "title", "summary")} for one in catalog.entry()["actions"]]


def _missing(platform: str | None) -> None:
    """Write the texts of a platform, or of all that a locale covers, that the locale has not, ready to be filled in."""
    from ..language.locale_coverage import covered, platform_texts
    from ..language.locale_records import read_locale_head
    from ..language.locales import ENGLISH, locale_of
    from ..language.profiles import read_profile
    from ..language.specs import Specs
    from ..language.yaml_writer import dump

    specs, language = Specs(specs_root(), program()), chosen_locale()
    if language in (None, ENGLISH):
        raise click.UsageError("--missing needs --locale LANG with another language than English")
    head = read_locale_head(specs.root, language)
    there = {*locale_of(specs.root, language).texts, *head.same}
    wanted = (
        covered(specs, head.covers) if platform is None else platform_texts(specs, read_profile(specs.root, platform))
    )
    lacking = [{"from": text, "to": ""} for text in wanted if text not in there]
    if not lacking:
        click.echo(f"nothing lacks in '{language}'", err=True)
        return
    click.echo(dump({"texts": lacking}), nl=False)
