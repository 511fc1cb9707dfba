"""The package as users get it: sdist -> wheel -> a fresh environment, and the specs read from another folder."""

from __future__ import annotations

import configparser
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
NEVER_SOURCE = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist", "htmlcov", "site")
BESIDE_THE_SOURCE = {"tests", "benchmarks", "docs"}  # the package has folders of these names too
DATA = (
    "actions",
    "catalogs",
    "investigations",
    "jobs",
    "locales",
    "mappings",
    "presets",
    "schemas",
    "servers",
    "triggers",
)


@dataclass
class Built:
    """What was made of a copy of this repository; ``wheel`` is of the sdist, as ``build`` does it."""

    sdist: Path
    wheel: Path
    installed: Path
    editable: Path
    source: Path


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("packaging")
    for name in ("sources", "editable-sources"):
        shutil.copytree(ROOT, folder / name, ignore=not_source)
    with ThreadPoolExecutor(2) as threads:
        dist = threads.submit(_build, folder / "sources", folder / "dist")
        editable = threads.submit(_install, folder / "editable", "--editable", str(folder / "editable-sources"))
        installed: Future[Path] = threads.submit(
            lambda: _install(folder / "installed", str(next(dist.result().glob("*.whl"))))
        )
    (sdist,) = dist.result().glob("*.tar.gz")
    (wheel,) = dist.result().glob("*.whl")
    return Built(sdist, wheel, installed.result(), editable.result(), folder / "editable-sources")


def not_source(folder: str, names: list[str]) -> set[str]:
    """What of a folder is not copied."""
    beside = BESIDE_THE_SOURCE if Path(folder) == ROOT else set()
    return set(NEVER_SOURCE(folder, names)) | (beside & set(names))


def _build(source: Path, target: Path) -> Path:
    _run([sys.executable, "-m", "build", "--no-isolation", "--outdir", str(target), str(source)], target.parent)
    return target


def _install(folder: Path, *what: str) -> Path:
    """A fresh environment with the package; it borrows the dependencies of the one that runs the tests."""
    venv.create(folder, with_pip=False, symlinks=os.name != "nt")
    python = folder / ("Scripts" if os.name == "nt" else "bin") / Path(sys.executable).name
    python = python if python.exists() else python.with_name("python")
    own = Path(_run([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], folder).strip())
    # A folder named in a .pth file is searched last, and .pth files in it (an editable install!) are not read.
    borrowed = dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib")))
    (own / "dependencies.pth").write_text("\n".join(borrowed) + "\n")
    # Nothing comes from an index: the builder is the one that is installed here.
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps"]
    _run([*pip, "--no-build-isolation", "--ignore-installed", *what], folder)
    return python


def _run(command: list[str], folder: Path) -> str:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COV_", "COVERAGE"))
    }
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def files(root: Path, folder: str, pattern: str) -> set[str]:
    return {path.relative_to(root).as_posix() for path in (root / folder).rglob(pattern) if path.is_file()}


def test_the_root_of_the_wheel_holds_the_package_and_nothing_else(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        top = {name.split("/")[0] for name in wheel.namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == {"segment_connector"}
    assert len(top) == 2


def test_every_spec_is_in_the_wheel_as_it_was_written(built: Built) -> None:
    expected = {"connector.yaml", "plans.yaml", "simulation.yaml"}
    expected |= {name for folder in DATA for name in files(ROOT, folder, "*")}
    with zipfile.ZipFile(built.wheel) as wheel:
        inside = {name.removeprefix("segment_connector/_data/") for name in wheel.namelist() if "/_data/" in name}
        assert inside == expected
        assert all(wheel.read(f"segment_connector/_data/{name}") == (ROOT / name).read_bytes() for name in expected)


def test_no_file_of_the_spec_folders_is_forgotten(built: Built) -> None:
    del built
    assert {path.suffix for folder in DATA for path in (ROOT / folder).rglob("*") if path.is_file()} == {
        ".yaml",
        ".json",
        ".svg",
    }


def test_every_module_and_what_it_reads_is_in_the_wheel(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        inside = {name for name in wheel.namelist() if name.startswith("segment_connector/") and "/_data/" not in name}
    source = files(ROOT, "segment_connector", "*")
    assert inside == {name for name in source if "__pycache__" not in name}
    assert {Path(name).suffix for name in inside} == {
        ".py",
        ".html",
        ".css",
        ".js",
        ".json",
        ".md",
        ".yaml",
        ".svg",
        ".typed",
    }


def test_the_sdist_can_be_read_by_a_person_too(built: Built) -> None:
    with tarfile.open(built.sdist) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {
        "README.md",
        "LICENSE",
        "setup.cfg",
        "pyproject.toml",
        "connector.yaml",
        "plans.yaml",
        "simulation.yaml",
    } <= names


@pytest.mark.parametrize("kind", ["installed", "editable"])
def test_the_command_works_in_another_folder(built: Built, kind: str, tmp_path: Path) -> None:
    python: Path = getattr(built, kind)
    command = str(python.with_name("segment-connector"))
    # Neither a folder of this name nor a connector.yaml that lies about is taken for the package's own.
    (tmp_path / "connector.yaml").write_text("spec_version: 99\n")
    listed = _run([command, "list"], tmp_path)
    assert all(path.stem in listed for path in (ROOT / "actions").rglob("*.yaml"))
    assert "Order Completed" in _run([command, "show", "track"], tmp_path)


@pytest.mark.parametrize("kind", ["installed", "editable"])
def test_the_specs_that_are_read_are_those_that_came_with_it(built: Built, kind: str, tmp_path: Path) -> None:
    code = (
        "import segment_connector; from segment_connector import Connector; c = Connector.load();"
        "print(segment_connector.__file__); print(c.specs.root);"
        "print(c.plan('track', {'event': 'Seen', 'userId': 'u-1'}, {'writeKey': 'wr1te-key'}).url)"
    )
    python: Path = getattr(built, kind)
    module, root, url = _run([str(python), "-c", code], tmp_path).splitlines()
    home = python.parent.parent if kind == "installed" else built.source
    assert Path(module).is_relative_to(home)
    assert Path(root).is_relative_to(home)
    assert (Path(root).name == "_data") is (kind == "installed")
    assert url == "https://api.segment.io/v1/track"


def test_the_package_says_what_it_needs(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as wheel:
        (metadata,) = (wheel.read(name).decode() for name in wheel.namelist() if name.endswith("/METADATA"))
    needed = {
        line.split(": ")[1].split(">")[0].split("=")[0]
        for line in metadata.splitlines()
        if line.startswith("Requires-Dist") and "extra" not in line
    }
    assert needed == {
        "PyYAML", "jsonschema", "jsonschema-rs", "Jinja2", "requests", "urllib3", "click", "orjson",
        "rfc3339-validator", "rich", "charset-normalizer", "tzdata",
    }  # fmt: skip
    assert "Requires-Python: >=3.10" in metadata


def asked_for(*extras: str) -> list[Requirement]:
    """What ``setup.cfg`` asks for beside the package itself, and what ``pyproject.toml`` builds it with."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    lists = [config["options"]["install_requires"], *(config["options.extras_require"][extra] for extra in extras)]
    (builder,) = re.findall(
        r'^requires = \["(.*)"\]$', (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE
    )
    wanted = (Requirement(line) for line in [builder, *"\n".join(lists).splitlines()] if line)
    return [one for one in wanted if one.name != "segment-connector"]


PRODUCT = ("oauth", "bulk", "dask", "mcp", "service")
LOCKS = {
    "runtime": (),
    "development": (*PRODUCT, "test", "lint", "bench", "docs"),
    "oldest": (*PRODUCT, "test"),
}


@pytest.mark.parametrize("python", ["3.10", "3.11", "3.12", "3.13"])
@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_has_what_is_asked_for_on_every_python(name: str, python: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    lines = [Requirement(line.removesuffix("\\")) for line in text.splitlines() if line and line[0] not in " #"]
    here = {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": "linux", "os_name": "posix"}
    locked = [line for line in lines if line.marker is None or line.marker.evaluate(here)]
    pins = {canonicalize_name(line.name): str(line.specifier).removeprefix("==") for line in locked}
    assert len(pins) == len(locked), "a release is named twice"
    wanted = (one for one in asked_for(*LOCKS[name]) if one.marker is None or one.marker.evaluate(here))
    wrong = [str(one) for one in wanted if pins.get(canonicalize_name(one.name), "0") not in one.specifier]
    assert not wrong, f"requirements/{name}.txt is behind setup.cfg: run make lock"


@pytest.mark.parametrize("name", ["uv", *LOCKS])
def test_everything_that_is_locked_has_a_hash(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    locked = re.findall(r"^[\w.-]+==.*\n.*", text, re.MULTILINE)
    assert locked
    assert all("--hash=sha256:" in release for release in locked)
