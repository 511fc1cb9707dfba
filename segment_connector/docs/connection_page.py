"""The page of the connection: what a person has to enter once, and where to find it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..language.connector_records import Api
from ..markup import markdown as md
from . import parameter_tables as tables
from .book import CONNECTION, Book
from .literals import json_text


def connection_text(book: Book) -> str:
    """Every member of the connection with its steps, how requests are signed with it, and how it is tested."""
    return md.page("connector.yaml", _parts(book))


def _parts(book: Book) -> Iterator[str]:
    spec = book.spec
    properties = spec.connection.properties
    yield "# Connection"
    yield (
        "A connection says where requests go and what they are signed with. A platform asks its user for it once; the "
        "command line takes it from a file (`--connection FILE`) or from environment variables. Only what the actions "
        "that you use need has to be given."
    )
    rows = [
        (_anchor(_title(name, schema)), md.code(name), _variables(schema), _for(book, name))
        for name, schema in properties.items()
    ]
    yield md.table(("What", "Member", "Environment variable", "Signs in to"), rows)
    yield "As a file:"
    yield md.block(json_text(_sample(properties)), "json")
    for name, schema in properties.items():
        yield from _member(book, name, schema)
    yield "## Where requests go"
    regions = list(dict.fromkeys(region for api in spec.apis.values() for region in api.by_region))
    yield md.table(
        ("API", *(region or "Server" for region in regions), "Signs in with"),
        (
            (md.link(md.text(api.title), f"<{api.docs}>") if api.docs else md.text(api.title),
             *(md.code(api.by_region[region]) if region in api.by_region else "" for region in regions),
             _ways(book, api) or "its own request")
            for api in spec.apis.values()
        ),
    )  # fmt: skip
    if any(len(api.auth) > 1 for api in spec.apis.values()):
        yield "Where several ways are listed, the first one that the connection has everything for is used."
    if spec.connection.test:
        yield "## Test it"
        yield "This says what can be verified of each credential, and where nothing can:"
        yield md.block(f"{spec.command} test-connection", "sh")
        yield md.table(
            ("What is tested", "Verdict when it works", "What it says"),
            (
                (md.text(test.title), "verified" if test.verified_by or test.auth else "unverifiable",
                 " ".join(book.prose(said, CONNECTION) for said in (test.message, test.hint) if said))
                for test in spec.connection.test
            ),
        )  # fmt: skip


def _anchor(title: str) -> str:
    return md.link(md.text(title), f"#{md.slug(title)}")


def _title(name: str, schema: Mapping[str, Any]) -> str:
    return str(schema.get("title", name))


def _member(book: Book, name: str, schema: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {md.text(_title(name, schema))}"
    yield book.prose(str(schema.get("description", "")), CONNECTION)
    if "help" in schema:
        yield f"**Where to find it:** {book.prose(schema['help'], CONNECTION)}"
    rows = [("Member", md.code(name)), ("Environment variable", _variables(schema))]
    if "enum" in schema:
        rows.append(("Values", ", ".join(md.code(str(value)) for value in schema["enum"])))
    if "default" in schema:
        rows.append(("If left out", md.code(str(schema["default"]))))
    looks = schema.get("placeholder") or next(iter(schema.get("examples", ())), None)
    if isinstance(looks, str):
        rows.append(("Looks like", md.code(looks)))
    if schema.get("secret"):
        rows.append(("Secret", "yes: it is masked in every output, log and error"))
    yield md.facts(rows)
    if "properties" in schema:
        yield tables.parameters(book, CONNECTION, schema["properties"], schema.get("required", ()))


def _variables(schema: Mapping[str, Any]) -> str:
    own = [schema["env"]] if "env" in schema else []
    below = [one["env"] for one in schema.get("properties", {}).values() if "env" in one]
    return ", ".join(md.code(name) for name in own + below) or "none"


def _for(book: Book, name: str) -> str:
    apis = [
        md.text(api.title)
        for api in book.spec.apis.values()
        if any(name == needed for scheme in book.schemes(api) for needed, _ in book.credentials(scheme))
    ]
    return ", ".join(apis)


def _ways(book: Book, api: Api) -> str:
    return "; ".join(
        " and ".join(_anchor(title) for _, title in book.credentials(scheme)) for scheme in book.schemes(api)
    )


def _sample(properties: Mapping[str, Any]) -> dict[str, Any]:
    """A connection with what people fill in, none of it real."""
    sample = {}
    for name, schema in properties.items():
        if not schema.get("advanced"):
            values = [*schema.get("enum", ()), schema.get("placeholder"), *schema.get("examples", ())]
            sample[name] = next((value for value in values if value), "...")
    return sample
