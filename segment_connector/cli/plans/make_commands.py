"""``plan docs`` and ``plan types``: what is made of the files of a plan."""

from __future__ import annotations

from pathlib import Path

import click

from ..common import load_specs
from .plan_options import folder_argument

_OUTPUT = click.option(
    "-o", "--output", "output", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write it.  [standard output]",
)  # fmt: skip

_DOCS_EXAMPLES = """\b
Examples:
  <program> plan docs plans/shop -o docs/tracking-plan.md
"""


@click.command("docs", short_help="Write a page about the plan.", epilog=_DOCS_EXAMPLES)
@folder_argument
@_OUTPUT
def docs_command(*, folder: Path, output: Path | None) -> None:
    """Write a page of the plan, in Markdown: every event with its properties, for people who read and not program."""
    from ...docs.plan_page import plan_text
    from ...plans.files.plan_folder import PlanFolder
    from ...plans.sync.workspace_plans import plan_spec

    spec = plan_spec(load_specs())
    _write(plan_text(PlanFolder(folder, spec).read(), spec), output)


_TYPES_EXAMPLES = """\b
Examples:
  <program> plan types plans/shop --lang python -o shop_events.py
  <program> plan types plans/shop --lang typescript -o shop-events.ts
"""


@click.command("types", short_help="Make types and functions from the plan.", epilog=_TYPES_EXAMPLES)
@folder_argument
@click.option("--lang", type=click.Choice(["python", "typescript"]), required=True, help="The language.")
@click.option(
    "--form", type=click.Choice(["typed-dict", "pydantic"]), default="typed-dict", show_default=True,
    help="What events become in Python.",
)  # fmt: skip
@_OUTPUT
def types_command(*, folder: Path, lang: str, form: str, output: Path | None) -> None:
    """Make types of the plan, and a function for each event, so that an editor knows names and properties.

    Python's types are made by datamodel-code-generator (install the extra 'types'), TypeScript's by
    json-schema-to-typescript, when npx finds it installed; nothing is fetched.
    """
    from ...plans.files.plan_folder import PlanFolder
    from ...plans.make.plan_types import python_types, typescript_types
    from ...plans.sync.workspace_plans import plan_spec

    spec = plan_spec(load_specs())
    plan = PlanFolder(folder, spec).read()
    _write(python_types(plan, spec, form) if lang == "python" else typescript_types(plan, spec), output)


def _write(text: str, output: Path | None) -> None:
    from ...plans.files.plan_folder import put_file, unwritable

    if output is None:
        click.echo(text, nl=False)
        return
    try:
        put_file(output, text)
    except OSError as error:
        raise unwritable(output, error) from error
    click.echo(f"{output} written")
