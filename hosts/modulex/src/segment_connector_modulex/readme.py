"""The page that ModuleX wants of an integration, in five sections; ``python -m segment_connector_modulex.readme``."""

from __future__ import annotations

from collections.abc import Mapping

from modulex_integrations import IntegrationManifest, ParameterDef

from . import manifest

_NAME = (
    "`segment_connector`, as ModuleX's own package has an integration `segment` with six tools; both can be installed."
)


def readme(of: IntegrationManifest) -> str:
    """The page of a manifest, in Markdown."""
    (auth,) = of.auth_schemas
    credentials = "\n".join(f"- `{one.name}`: {one.description}" for one in auth.setup_environment_variables)
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(auth.setup_instructions or (), start=1))
    rows = "\n".join(
        f"| `{action.name}` | {_cell(action.description)} | {_required(action.parameters) or '-'} |"
        for action in of.actions
    )
    return f"""\
# {of.display_name}

{of.description} The integration is called {_NAME}

## Authentication

Which value a tool needs depends on the API that it calls, and a tool that lacks one says where to find it.

{credentials}

{steps}

## Tools

| name | description | required params |
| --- | --- | --- |
{rows}

Every tool takes `auth_data` beside these, which ModuleX fills in. Arguments that models write as text (`"3"`,
`'{{"plan": "pro"}}'`) are read where their meaning is sure.

## Limits & Quotas

- **Errors**: nothing is raised. What is wrong comes back as `success: false`, with place, rule and cure in `error`.
- **Rate limits**: where Segment asks to wait, a tool waits and tries again; each event has its id before the first try.
- **Lists**: a tool gives one page; its cursor is the argument for the next.
- **Types**: a manifest has one type for each parameter, and names the most open one where there are several.

## Maintainer

{of.author}
"""


def _required(parameters: Mapping[str, ParameterDef]) -> str:
    return ", ".join(f"`{name}`" for name, one in parameters.items() if one.required)


def _cell(text: str) -> str:
    first, stop, _ = text.replace("\n", " ").replace("|", "\\|").partition(". ")
    return first + stop.strip()


if __name__ == "__main__":
    print(readme(manifest), end="")  # noqa: T201
