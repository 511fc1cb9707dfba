"""Platforms' listings in Spanish: the same listing for machines, and Spanish for people."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

import pytest
from cli_support import cli
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from segment_connector import Connector
from segment_connector.language.localised_specs import localised
from segment_connector.language.specs import Specs
from segment_connector.values.paths import strings

PLATFORMS = ["naios", "aacflow", "modulex"]
SCHEMAS = Specs().root / "schemas"
# Words of English that no Spanish text has; names of products and members are no such words.
ENGLISH = re.compile(r"\b(?:the|which|with|whether|from|its|are|that|an?d)\b(?!')")
READ = ("title", "summary", "description", "name", "displayName", "longDescription", "hint", "message")


@cache
def entry(platform: str, language: str) -> dict[str, Any]:
    return Connector(localised(Specs(), language)).catalog(platform).entry()


def listing(platform: str, language: str) -> Any:
    return Connector(localised(Specs(), language)).catalog(platform).listing()


@cache
def schemas() -> Registry:
    paths = [*SCHEMAS.glob("*.json"), *(SCHEMAS / "listings").glob("*.json")]
    found = [Resource.from_contents(json.loads(path.read_text(encoding="utf-8"))) for path in paths]
    return Registry().with_resources((resource.id(), resource) for resource in found)


def held_to(schema: str, value: Any) -> list[str]:
    judge = Draft202012Validator({"$ref": schema}, registry=schemas())
    return [f"{error.json_path}: {error.message[:100]}" for error in judge.iter_errors(value)]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_listing_in_spanish_is_valid_as_the_english_one_is(platform: str) -> None:
    assert held_to(f"listings/{platform}.schema.json", listing(platform, "es")) == []
    assert held_to("entry.schema.json", entry(platform, "es")) == []
    assert shape(entry(platform, "es")) == shape(entry(platform, "en"))


def shape(entry: dict[str, Any]) -> Any:
    """What machines read of a listing."""
    return [
        {
            "inputs": [(one["name"], one["type"], one["required"], one["becomes"]) for one in action["parameters"]],
            "outputs": [(one["name"], one["type"], one["required"]) for one in action["outputs"]],
            **{member: action[member] for member in ("name", "effect", "hints")},
            **{member: action["sample"][member] for member in ("input", "output")},
        }
        for action in entry["actions"]
    ]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_english_is_left_in_a_listing(platform: str) -> None:
    left = [
        f"{'.'.join(map(str, place))}: {text}" for place, text in strings(entry(platform, "es"))
        if place[-1] in READ and ENGLISH.search(text) and "sample" not in place and "regions" not in place
    ]  # fmt: skip
    assert left == []


def test_names_of_a_platform_stand_in_its_spanish_texts() -> None:
    said = json.dumps(entry("modulex", "es"), ensure_ascii=False)
    assert "user_id o anonymous_id es obligatorio" in said


@pytest.mark.parametrize("form", ["json", "yaml", "md", "html"])
def test_the_command_line_prints_a_catalogue_in_spanish(form: str) -> None:
    said = cli("catalog", "naios", "--locale", "es", "--format", form).stdout
    assert "Añadir etiquetas a la fuente" in said.replace("\\xF1", "ñ")


def test_a_page_says_its_language() -> None:
    assert '<html lang="es">' in cli("catalog", "aacflow", "--locale", "es", "--format", "html").stdout
    assert '<html lang="en">' in cli("catalog", "aacflow", "--format", "html").stdout


def test_actions_are_listed_and_shown_in_spanish() -> None:
    assert "Registra algo que hizo un usuario" in cli("list", "--group", "tracking", "--locale", "es").stdout
    assert cli("list", "--triggers", "--locale", "es").stdout.count("Se inicia") >= 10
    shown = cli("show", "track", "--locale", "es", "--json").json
    assert shown["input_schema"]["properties"]["event"]["title"] == "Nombre del evento"


def test_what_lacks_is_printed_to_be_filled_in() -> None:
    lacking = cli("catalog", "make", "--locale", "es", "--missing")
    assert lacking.stdout.startswith("texts:\n  - from: ")
    nothing = cli("catalog", "aacflow", "--locale", "es", "--missing")
    assert (nothing.stdout, nothing.stderr) == ("", "nothing lacks in 'es'\n")
    assert "nothing lacks" in cli("catalog", "--locale", "es", "--missing").stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("catalog", "naios", "--locale", "ess"), "did you mean 'es'?"),
        (("catalog", "naios", "--missing"), "--missing needs --locale LANG"),
        (("catalog", "naios", "--locale", "en", "--missing"), "--missing needs --locale LANG"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: tuple[str, ...], said: str) -> None:
    result = cli(*arguments)
    assert result.code == 2
    assert said in result.stderr
