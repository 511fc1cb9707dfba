"""Importers and code generators take the OpenAPI document, and the clients that they make call the service.

Three actions show every way in which one can differ: ``track`` has shared schemas, ``list_sources`` pages, and
``custom_api_call`` any JSON and a question. What is made of the whole document is marked ``importers`` and runs by
``make importers``, because it takes minutes.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import requests
from cli_support import environment
from service_support import running

from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox

pytestmark = pytest.mark.unmeasured

HERE = Path(__file__).parent
NPM = HERE.parent / "npm"
OWN_NODE = NPM / "node_modules" / ".bin" / "node"
NODE = [str(OWN_NODE) if OWN_NODE.exists() else "node"]
GENERATOR = files("openapi_generator_cli") / "openapi-generator.jar"
# What the generated Java imports is in the generator itself, but for an annotation.
JAVA = (
    "library=native",
    "openApiNullable=false",
    "annotationLibrary=none",
    "documentationProvider=none",
    "hideGenerationTimestamp=true",
)
TSC = ("--strict", "--skipLibCheck", "--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--module", "commonjs",
       "--moduleResolution", "node10")  # fmt: skip
CALLED = ("track", "list_sources", "custom_api_call")
DEPRECATED = ("batch_query_messaging_subscriptions_for_space", "replace_messaging_subscriptions_in_spaces")
FENCE = ("--groups", "advanced", "--allow", "read", *(word for name in CALLED for word in ("--tool", name)))


@dataclass
class Served:
    """A service in a process of its own, whose connection ``lab`` is a sandbox."""

    url: str
    token: str
    sandbox: Sandbox
    folder: Path
    read: int = 0

    def document(self, openapi: str = "3.1", query: str = "") -> Path:
        """The document in a file."""
        answer = requests.get(
            f"{self.url}/openapi.json?openapi={openapi}{query}", timeout=60,
            headers={"Authorization": f"Bearer {self.token}"},
        )  # fmt: skip
        answer.raise_for_status()
        path = self.folder / f"openapi-{openapi}{query.replace('=', '-')}.json"
        path.write_bytes(answer.content)
        return path

    def received(self) -> list[dict[str, Any]]:
        """What the sandbox received since it was asked last."""
        told = requests.get(f"{self.sandbox.url}/events", timeout=20).json()
        events = [event for event in told["events"] if event["number"] > self.read]
        self.read = told["next"]
        return events

    def run(self, *command: Any, folder: Path | None = None) -> str:
        """What a program says, which has to succeed."""
        env = environment({"URL": self.url, "TOKEN": self.token, "NO_COLOR": "1", "PYTHONWARNINGS": "ignore"})
        done = subprocess.run(
            [str(word) for word in command], cwd=folder or self.folder, env=env, capture_output=True, text=True,
            timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (done.stdout[-3000:] + done.stderr[-3000:]).replace(self.token, "TOKEN")
        return done.stdout


def serve(folder: Path, *options: str) -> Iterator[Served]:
    with Sandbox(Specs()) as sandbox:
        connections = folder / "connections.yaml"
        connections.touch(0o600)
        connections.write_text(json.dumps({"lab": sandbox.connection}), encoding="utf-8")
        options = ("--no-workbench", "--no-mcp", "--connections", str(connections), *options)
        with running(*options) as program:
            yield Served(program.url, program.token, sandbox, folder)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that offers three actions."""
    yield from serve(tmp_path_factory.mktemp("three"), *FENCE)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that offers everything."""
    yield from serve(tmp_path_factory.mktemp("whole"))


def check_calls(served: Served, said: str, client: str) -> None:
    """The three calls gave what they should, and what they sent is in the sandbox."""
    assert json.loads(said.splitlines()[-1]) == {
        "event": "Order Completed", "source": "Website", "status": 200, "body": {"success": True},
    }  # fmt: skip
    track, group = served.received()
    assert [(one["status"], one["path"]) for one in (track, group)] == [
        ("accepted", "/v1/track"),
        ("accepted", "/v1/group"),
    ]
    assert (track["body"]["userId"], track["body"]["event"]) == (client, "Order Completed")
    assert group["body"]["groupId"] == client


# -- Makers of clients ----------------------------------------------------------------------------------------------


def generate(served: Served, language: str, openapi: str, into: Path, *options: str) -> Path:
    served.run(
        "java", "-jar", GENERATOR, "generate", "-g", language, "-i", served.document(openapi), "-o", into,
        "--global-property", "apiTests=false,modelTests=false,apiDocs=false,modelDocs=false", *options,
    )  # fmt: skip
    return into


def python_of_openapi_generator(served: Served, openapi: str, folder: Path) -> tuple[str, str]:
    generate(served, "python", openapi, folder)
    shutil.copy(HERE / "clients" / "openapi_generator_client.py", folder)
    return served.run(sys.executable, "openapi_generator_client.py", folder=folder), "openapi-generator python"


def java_of_openapi_generator(served: Served, openapi: str, folder: Path) -> tuple[str, str]:
    generate(served, "java", openapi, folder, "--additional-properties", ",".join(JAVA))
    shutil.copytree(HERE / "clients", folder / "src" / "main" / "java", dirs_exist_ok=True)
    sources = folder / "sources"
    sources.write_text("\n".join(str(one) for one in (folder / "src" / "main" / "java").rglob("*.java")))
    served.run("javac", "-nowarn", "-proc:none", "-cp", GENERATOR, "-d", folder / "classes", f"@{sources}")
    return served.run("java", "-cp", f"{GENERATOR}:{folder / 'classes'}", "Call"), "openapi-generator java"


def typescript_of_openapi_generator(served: Served, openapi: str, folder: Path) -> tuple[str, str]:
    generate(served, "typescript-fetch", openapi, folder / "made")
    return run_typescript(served, "typescript_fetch", folder), "openapi-generator typescript-fetch"


def openapi_python_client(served: Served, openapi: str, folder: Path) -> tuple[str, str]:
    said = served.run(
        sys.executable, "-m", "openapi_python_client", "generate", "--path", served.document(openapi), "--meta",
        "none", "--output-path", folder / "made",
    )  # fmt: skip
    assert "WARNING" not in said
    shutil.copy(HERE / "clients" / "openapi_python_client_client.py", folder)
    return served.run(sys.executable, "openapi_python_client_client.py", folder=folder), "openapi-python-client"


def hey_api(served: Served, openapi: str, folder: Path) -> tuple[str, str]:
    program = NPM / "node_modules" / "@hey-api" / "openapi-ts" / "bin" / "run.js"
    served.run(*NODE, program, "-i", served.document(openapi), "-o", folder / "made", "--no-log-file", folder=folder)
    return run_typescript(served, "hey_api", folder), "hey-api"


def openapi_typescript(served: Served, openapi: str, folder: Path) -> tuple[str, str]:
    program = NPM / "node_modules" / "openapi-typescript" / "bin" / "cli.js"
    served.run(*NODE, program, served.document(openapi), "-o", folder / "made.ts")
    return run_typescript(served, "openapi_typescript", folder), "openapi-typescript"


def run_typescript(served: Served, client: str, folder: Path) -> str:
    shutil.copy(HERE / "clients" / f"{client}.ts", folder)
    tsc = NPM / "node_modules" / "typescript" / "bin" / "tsc"
    served.run(*NODE, tsc, *TSC, "--outDir", folder / "js", folder / f"{client}.ts")
    return served.run(*NODE, folder / "js" / f"{client}.js")


MAKERS = [
    python_of_openapi_generator, typescript_of_openapi_generator, java_of_openapi_generator, openapi_python_client,
    hey_api, openapi_typescript,
]  # fmt: skip


@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_a_client_that_is_made_of_three_actions_calls_them(three: Served, maker: Any, tmp_path: Path) -> None:
    openapi = "3.0" if maker is java_of_openapi_generator else "3.1"
    said, client = maker(three, openapi, tmp_path)
    check_calls(three, said, client)


@pytest.mark.importers
@pytest.mark.parametrize("openapi", ["3.0", "3.1"])
@pytest.mark.parametrize("maker", MAKERS, ids=lambda maker: maker.__name__)
def test_a_client_that_is_made_of_the_whole_calls(whole: Served, maker: Any, openapi: str, tmp_path: Path) -> None:
    said, client = maker(whole, openapi, tmp_path)
    check_calls(whole, said, client)


@pytest.mark.importers
@pytest.mark.parametrize("openapi", ["3.0", "3.1"])
def test_openapi_python_client_leaves_nothing_out(whole: Served, openapi: str, tmp_path: Path) -> None:
    openapi_python_client(whole, openapi, tmp_path)
    made = {path.stem for path in (tmp_path / "made" / "api").glob("*/*.py")} - {"__init__"}
    assert set(Specs().paths) <= made


# -- Readers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("openapi", ["3.0", "3.1"])
def test_redocly_finds_no_error(whole: Served, openapi: str) -> None:
    program = NPM / "node_modules" / "@redocly" / "cli" / "bin" / "cli.js"
    found = json.loads(whole.run(*NODE, program, "lint", whole.document(openapi), "--format", "json"))
    assert found["totals"]["errors"] == 0
    # It takes members that a schema leaves open, such as the traits of a user, for mistakes in examples.
    assert {one["ruleId"] for one in found["problems"]} <= {
        "info-license", "no-invalid-schema-examples", "no-invalid-media-type-examples"
    }  # fmt: skip


@pytest.mark.parametrize("openapi", ["3.0", "3.1"])
def test_swagger_parser_takes_it(whole: Served, openapi: str) -> None:
    document = json.loads(whole.document(openapi).read_bytes())
    said = json.loads(whole.run(*NODE, NPM / "importers.cjs", "swagger-parser", whole.document(openapi)))
    assert said == {"openapi": document["openapi"], "paths": len(document["paths"])}


@pytest.mark.parametrize("openapi", ["3.0", "3.1"])
def test_requests_of_postman_arrive(three: Served, openapi: str) -> None:
    made = json.loads(three.run(*NODE, NPM / "importers.cjs", "postman", three.document(openapi)))
    assert made["auth"] == "bearer"
    requested = {one["url"].removeprefix(three.url): one for one in made["requests"]}
    for name in CALLED:
        one = requested[f"/v1/actions/{name}/run"]
        body = {**json.loads(one["body"]), "connection": "lab"}
        answer = requests.request(
            one["method"], one["url"], json=body, timeout=20, headers={"Authorization": f"Bearer {three.token}"}
        )
        assert answer.status_code == 200, answer.text
    assert [event["path"] for event in three.received()] == ["/v1/track", "/v1/group"]


@pytest.mark.importers
@pytest.mark.parametrize("openapi", ["3.0", "3.1"])
def test_postman_takes_the_whole(whole: Served, openapi: str) -> None:
    document = json.loads(whole.document(openapi).read_bytes())
    made = json.loads(whole.run(*NODE, NPM / "importers.cjs", "postman", whole.document(openapi)))
    assert len(made["requests"]) == sum(len(path) for path in document["paths"].values())


@pytest.mark.parametrize("openapi", ["3.0", "3.1"])
def test_the_builder_of_n8n_makes_an_operation_of_each(whole: Served, openapi: str) -> None:
    made = json.loads(whole.run(*NODE, NPM / "importers.cjs", "n8n", whole.document(openapi)))
    assert sorted(made["skipped"]) == [f"Skipping operation: {name}" for name in sorted(DEPRECATED)]
    by_url = {one["request"]["url"]: one for one in made["operations"]}
    for name in set(Specs().paths) - set(DEPRECATED):
        one = by_url[f"=/v1/actions/{name}/run"]
        assert one["request"]["method"] == "POST"
        assert {"inputs", "connection", "confirm"} <= set(one["fields"])
