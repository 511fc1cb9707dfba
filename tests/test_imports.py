"""The architecture, held by reading the source: who imports whom, and when, and that no Python knows the service."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import segment_connector
from segment_connector.specs.index import Specs

PACKAGE = Path(segment_connector.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)

# Each line may import from the lines above it and from itself.
LAYERS = [
    {"errors", "redact"},
    {"specs"},
    {"runtime"},
    {"connector"},
    {"checks"},
    {"catalogs", "docs", "bulk", "sandbox", "hosts"},
    {"service"},
    {"cli"},
    {"__main__"},
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
WHO_MAY_IMPORT_CHECKS = {"checks", "cli", "docs", "sandbox", "service"}

# What a library is for is known to one place; the rest of the package could do with another one.
WHO_MAY_IMPORT = {
    "yaml": {"specs"},
    "jsonschema": {"runtime/inputs", "checks"},
    "jsonschema_rs": {"runtime/inputs", "checks"},
    "jinja2": {"runtime/conversions", "runtime/expressions", "runtime/generated", "runtime/templates", "runtime/plain"},
    "requests": {"runtime/transport", "runtime/paging", "bulk"},
    "urllib3": {"runtime/transport", "bulk"},
    "http.client": {"runtime/transport", "bulk"},
    "httpx": set(),
    "aiohttp": set(),
    "urllib.request": set(),
    "jwt": {"runtime/auth"},
    "click": {"cli"},
    "rich": {"cli"},
    "pyarrow": {"bulk"},
    "zstandard": {"bulk"},
    "isal": {"bulk"},
    "sqlite3": {"bulk"},
    "dask": {"bulk"},
    "distributed": {"bulk"},
    "mcp": {"hosts/mcp"},
    "starlette": {"service", "hosts/mcp"},
    "uvicorn": {"service"},
    "prometheus_client": {"service"},
    "nicegui": {"service/workbench"},
}
PUBLIC_HOMES = {"Connector": "connector", "Request": "runtime", "Result": "runtime"}
COSTLY = ["yaml", "jinja2", "jsonschema", "jsonschema_rs", "requests", "urllib3", "click", "orjson", "rich", "jwt"]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """``runtime/plan`` for the module ``segment_connector/runtime/plan.py``."""
    return path.relative_to(PACKAGE).with_suffix("").as_posix().removesuffix("/__init__")


def imports(path: Path) -> Iterator[tuple[str, int]]:
    """Every module that a file imports when it runs, by absolute name (with what is taken from it), and the line."""
    tree = tree_of(path)
    package = ["segment_connector", *path.relative_to(PACKAGE).parent.parts]
    only_for_types = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in only_for_types:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def layer_of(imported: str) -> str | None:
    """The layer that an import of the package's own leads to; ``None`` for what every layer may know."""
    parts = imported.split(".")
    if parts[0] != "segment_connector" or len(parts) == 1 or parts[1] == "__version__":
        return None
    if parts[1] in segment_connector.__all__:
        return PUBLIC_HOMES.get(parts[1], "errors")
    return parts[1]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_from_its_own_layer_and_those_below(path: Path) -> None:
    own = name_of(path).split("/")[0]
    if own == ".":  # the package itself, whose names are imported when they are first used
        assert not list(filter(None, (layer_of(name) for name, _ in imports(path))))
        return
    wrong = [
        f"line {line}: {name}"
        for name, line in imports(path)
        if (layer := layer_of(name)) is not None
        and (RANK[layer] > RANK[own] or (layer == "checks" and own not in WHO_MAY_IMPORT_CHECKS))
    ]
    assert wrong == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_library_is_imported_only_where_it_belongs(path: Path) -> None:
    own = name_of(path)
    wrong = [
        f"line {line}: {name}"
        for name, line in imports(path)
        for library, homes in WHO_MAY_IMPORT.items()
        if f"{name}.".startswith(f"{library}.") and not any(f"{own}/".startswith(f"{home}/") for home in homes)
    ]
    assert wrong == []


def loaded_by(code: str) -> set[str]:
    """The modules that are loaded after a piece of Python has run in a fresh interpreter."""
    script = f"import sys\n{code}\nimport json\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))


def test_importing_the_package_imports_no_library() -> None:
    loaded = loaded_by("import segment_connector; segment_connector.__version__; dir(segment_connector)")
    assert loaded & set(COSTLY) == set()
    assert {name for name in loaded if name.startswith("segment_connector.")} == set()


@pytest.mark.parametrize(
    ("code", "not_loaded"),
    [
        ("from segment_connector import InputError, Problem", COSTLY),
        ("from segment_connector import Connector", COSTLY),
        ("from segment_connector import Connector; Connector.load()", [name for name in COSTLY if name != "yaml"]),
        (
            "from segment_connector import Connector; list(Connector.load().specs.summaries())",
            [name for name in COSTLY if name != "yaml"],
        ),
        (
            "import segment_connector as s; s.Connector.load().plan('page', {'userId': 'u'}, {'writeKey': 'k'})",
            ["jsonschema", "click", "rich", "jwt"],
        ),
    ],
)
def test_what_is_used_later_is_imported_later(code: str, not_loaded: list[str]) -> None:
    assert loaded_by(code) & set(not_loaded) == set()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_a_small_room(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 350


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    tree = tree_of(path)
    assert not tree.body or ast.get_docstring(tree)


# Nothing about the service in Python


@cache
def words_of_the_service() -> tuple[set[str], set[str]]:
    """Names of actions and of what they and the connection take: the unmistakable ones, and plain English words."""
    specs = Specs()
    names = set(specs.paths) | set(specs.connector.connection.properties)

    def collect(properties: Any) -> None:
        for name, schema in properties.items():
            names.add(name)
            collect(schema.get("properties", {}))

    for action in specs.paths:
        spec = specs.action(action)
        collect(spec.parameters)
        names.update(spec.body if isinstance(spec.body, dict) else ())
    unmistakable = {name for name in names if re.search(r"[a-z][A-Z]", name) or (name in specs.paths and "_" in name)}
    return unmistakable, set(specs.paths) - unmistakable


# English words that are also names of actions, and what else they mean: everywhere, or in one module.
OTHER_MEANINGS = {
    "batch": "what one request sends of many",
    "echo": "to print",
    "group": "the folder of an action; a command of commands",
    "page": "a part of a long list",
    ("alias", "specs/yaml_loader"): "a second name in YAML",
}


def names_and_texts(path: Path) -> Iterator[tuple[str, int]]:
    """Every identifier and every text of a module, with its line, but for comments, docstrings and examples."""
    tree = tree_of(path)
    remarks = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in remarks:
            yield re.split(r"\nExamples:\n|\bfor example\b", node.value)[0], node.lineno
        for attribute in ("id", "attr", "arg", "name"):
            if isinstance(identifier := getattr(node, attribute, None), str) and hasattr(node, "lineno"):
                yield identifier, node.lineno


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_python_knows_the_names_of_the_service(path: Path) -> None:
    unmistakable, plain = words_of_the_service()
    own = name_of(path)
    found = [
        f"line {line}: {text[:60]!r}"
        for text, line in names_and_texts(path)
        if set(re.findall(r"\w+", text)) & unmistakable
        or (text in plain and not {text, (text, own)} & OTHER_MEANINGS.keys())
    ]
    assert found == []
