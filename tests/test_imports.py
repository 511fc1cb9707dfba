"""The architecture, held by reading the source: who imports whom, and when, and that no Python knows the service."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

import segment_connector
from segment_connector.language.specs import Specs

pytestmark = pytest.mark.unmeasured

PACKAGE = Path(segment_connector.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)

# From the ground up: each name is a package or a module of the package, and may import only from the lines above it.
ORDER = [
    "errors", "redact", "clock", "result", "values", "fql", "language", "schema", "templates", "http", "connection",
    "call", "plans", "triggers", "inbox", "markup", "investigations", "jobs", "checks", "platforms", "docs", "bulk",
    "sandbox", "authoring", "connector", "hosts", "exports", "service", "cli", "__main__",
]  # fmt: skip
# Nothing that makes a call may need what judges the files of a connector.
KNOW_CHECKS = {"checks", "docs", "authoring", "service", "cli"}

# What a library is for is known to one place; the rest of the package could do with another one.
WHO_MAY_IMPORT = {
    "yaml": {"language"},
    # Rules of tracking plans are of another draft than parameters.
    "jsonschema": {"schema/validator", "schema/draft_seven", "checks"},
    "jsonschema_rs": {"schema/validator", "schema/draft_seven", "schema/formats", "checks"},
    "jinja2": {
        "templates",
        "markup",
        "bulk/read/mapping",  # whose lists are one more kind of node
        "exports/javascript/javascript_templates",  # which writes its trees in another language
    },
    "requests": {"http/transport", "call/paging", "bulk"},
    "urllib3": {"http/transport", "http/http_connection", "bulk"},
    "http.client": {"http/transport", "http/http_connection", "bulk"},
    "httpx": set(),
    "aiohttp": set(),
    "urllib.request": set(),
    "jwt": {"http/auth"},
    "click": {"cli"},
    "rich": {"cli"},
    "pyarrow": {"bulk"},
    "zstandard": {"bulk"},
    "isal": {"bulk"},
    "sqlite3": {"bulk", "inbox", "service/call_history"},  # which is written to by one thread, and may be in memory
    "redis": {"inbox"},
    "keyring": {"cli"},
    "sqlalchemy": {"bulk/read"},
    "python_calamine": {"bulk/read"},
    "charset_normalizer": {"bulk/read"},
    "dask": {"bulk"},
    "distributed": {"bulk"},
    "mcp": {"hosts/mcp"},
    "mcp_types": {"hosts/mcp"},
    "langchain_core": {"hosts/langchain"},
    "agents": {"hosts/openai_agents"},
    "pydantic_ai": {"hosts/pydantic_ai"},
    "starlette": {"service", "hosts/mcp"},
    "uvicorn": {"service"},
    "h11": {"service"},
    "prometheus_client": {"service"},
    "nicegui": {"service/workbench"},
    "datamodel_code_generator": {"plans/make"},
}
PUBLIC_HOMES = {"Connector": "connector", "Request": "call", "Result": "result", "CallFailed": "result"}
COSTLY = ["yaml", "jinja2", "jsonschema", "jsonschema_rs", "requests", "urllib3", "click", "orjson", "rich", "jwt"]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def name_of(path: Path) -> str:
    """``call/prepare`` for the module ``segment_connector/call/prepare.py``."""
    return path.relative_to(PACKAGE).with_suffix("").as_posix().removesuffix("/__init__")


NAMES = {name_of(path) for path in MODULES}


def imports(path: Path, *, for_types: bool = False) -> Iterator[tuple[str, int]]:
    """Every module that a file imports, at its head or later: its absolute name, with what is taken, and the line.

    :param for_types: with those that only annotations need.
    """
    tree = tree_of(path)
    package = ["segment_connector", *path.relative_to(PACKAGE).parent.parts]
    only_for_types = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    for node in ast.walk(tree):
        if id(node) in only_for_types and not for_types:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            yield from ((f"{module}.{alias.name}", node.lineno) for alias in node.names)


def own_module(imported: str) -> str | None:
    """The module of the package that an import leads to, as ``name_of`` has it; ``None`` for other modules."""
    parts = imported.split(".")
    if parts[0] != "segment_connector" or imported.endswith(".__version__"):
        return None
    if len(parts) == 2 and parts[1] in PUBLIC_HOMES:
        return PUBLIC_HOMES[parts[1]]
    return next((name for end in range(len(parts), 1, -1) if (name := "/".join(parts[1:end])) in NAMES), None)


def test_every_package_has_its_place_and_imports_from_those_below() -> None:
    assert {name_of(path).split("/")[0] for path in MODULES} - {"__init__"} == set(ORDER)
    wrong = []
    for path in MODULES:
        own = name_of(path).split("/")[0]
        # The package itself imports its public names when they are first used.
        allowed = set(ORDER[: ORDER.index(own)]) if own != "__init__" else set()
        if own not in KNOW_CHECKS:
            allowed -= {"checks"}
        for imported, line in imports(path, for_types=own != "__init__"):
            target = (own_module(imported) or own).split("/")[0]
            if target not in allowed | {own}:
                wrong.append(f"{name_of(path)}:{line}: {imported}")
    assert wrong == []


def room_of(module: str) -> str:
    """The package that a module is in, or the module itself where others are packages beside it."""
    package, _, _ = module.rpartition("/")
    has_rooms = any(name.startswith(f"{package}/") and name.count("/") > module.count("/") for name in NAMES)
    return module if not package or has_rooms else package


def test_no_module_and_no_package_needs_itself_by_way_of_others() -> None:
    files: dict[str, set[str]] = {}
    rooms: dict[str, set[str]] = {}
    for path in MODULES:
        own = name_of(path)
        if own != "__init__":
            needed = {module for name, _ in imports(path, for_types=True) if (module := own_module(name))} - {own}
            files[own] = needed
            rooms.setdefault(room_of(own), set()).update({room_of(module) for module in needed} - {room_of(own)})
    for graph in (files, rooms):
        TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_a_library_is_imported_only_where_it_belongs() -> None:
    wrong = [
        f"{name_of(path)}:{line}: {name}"
        for path in MODULES
        for name, line in imports(path)
        for library, homes in WHO_MAY_IMPORT.items()
        if f"{name}.".startswith(f"{library}.")
        and not any(f"{name_of(path)}/".startswith(f"{home}/") for home in homes)
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


def test_a_module_says_what_it_is_for_and_no_two_have_one_name() -> None:
    silent = [name_of(path) for path in MODULES if (tree := tree_of(path)).body and not ast.get_docstring(tree)]
    stems = Counter(path.stem for path in MODULES if not path.stem.startswith("__"))
    assert silent == []
    assert {stem for stem, count in stems.items() if count > 1} == set()


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
    ("alias", "language/yaml_reader"): "a second name in YAML",
    ("alias", "exports/n8n/n8n_package"): "a word by which a host finds a node",
}


# Words of a host's form that the service happens to use as well; each host's stand in its own folder only.
WORDS_OF_HOSTS = {"exports/n8n": {"displayName"}, "exports/power_platform": {"displayName"}}


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


def test_no_python_knows_the_names_of_the_service() -> None:
    unmistakable, plain = words_of_the_service()
    found = [
        f"{name_of(path)}:{line}: {text[:60]!r}"
        for path in MODULES
        for text, line in names_and_texts(path)
        if set(re.findall(r"\w+", text)) & (unmistakable - WORDS_OF_HOSTS.get(name_of(path).rpartition("/")[0], set()))
        or (text in plain and not {text, (text, name_of(path))} & OTHER_MEANINGS.keys())
    ]
    assert found == []
