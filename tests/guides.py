"""Read the code blocks of a guide, and do what it says: its commands and programs in turn, in one shell."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from cli_support import environment

from segment_connector.connector import Connector
from segment_connector.sandbox import Sandbox

ROOT = Path(__file__).resolve().parent.parent
SPECS = (
    "connector.yaml", "plans.yaml", "simulation.yaml", "actions", "schemas", "catalogs", "investigations", "jobs",
    "mappings", "presets", "servers", "triggers", "docs/guides", "docs/hosts", "examples",
)  # fmt: skip

# What stands above a block that cannot be run; readers of the page do not see it.
NOT_RUN = re.compile(r"<!-- not run by the tests: \w.{9,} -->\s*$")
_FENCE = re.compile(r"^(?P<fence>```+)(?P<language>\w*)\n(?P<text>.*?)\n(?P=fence)$", re.MULTILINE | re.DOTALL)
_SAVED = re.compile(r"Save it as `([^`]+)`")
_RUN = ("sh", "python")
_LONGEST = 400  # seconds, where other tests use the machine too; alone the longest takes a minute

# What sets up an environment is not done again here: test_packaging installs the package, CI begins with make.
_STUBS = ("pip", "make")

# A program with its connection written into it is sent to the sandbox all the same.
_REDIRECTED = """\
import os, runpy, sys
from segment_connector.connector import Connector
from segment_connector.http import transport

connector = Connector.load()
servers = connector.connection_from_environment(os.environ)["servers"]
send = transport.Transport.__call__

def to_sandbox(self, method, url, *rest):
    for name, api in connector.spec.apis.items():
        for server in api.servers.values():
            url = servers[name] + url.removeprefix(server) if url.startswith(server) else url
    return send(self, method, url, *rest)

transport.Transport.__call__ = to_sandbox
runpy.run_path(sys.argv[1])
"""


_PARCELS = """\
import sys
sys.path.insert(0, "examples/parcels")
from parcels_connector import main
main()
"""


_PORT = re.compile(r"\b876\d\b")


@dataclass
class Block:
    """One code block.

    :ivar before: the text between it and the block before.
    :ivar said: after the run: what it wrote, both streams together.
    """

    line: int
    language: str
    text: str
    before: str
    said: str = field(default="", repr=False)

    @property
    def is_run(self) -> bool:
        return self.language in _RUN and not NOT_RUN.search(self.before)

    @property
    def saved_as(self) -> str | None:
        """The file that the guide says to save the block as."""
        found = _SAVED.findall(self.before)
        return found[-1] if found else None


def blocks_of(path: Path) -> list[Block]:
    text, found, end = path.read_text(encoding="utf-8"), [], 0
    for one in _FENCE.finditer(text):
        line = text.count("\n", 0, one.start()) + 1
        found.append(Block(line, one["language"], one["text"], text[end : one.start()]))
        end = one.end()
    return found


def follow(path: Path, folder: Path) -> list[Block]:
    """Do what a guide says, in a copy of the project below a folder.

    :returns: its blocks, with what each wrote.
    :raises AssertionError: when a block fails, with all that was written up to there.
    """
    copy, tools = folder / "copy", folder / "tools"
    for name in SPECS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name)
        elif (ROOT / name).exists():
            copy.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    tools.mkdir()
    for stub in _STUBS:
        (tools / stub).write_text("#!/bin/sh\n")
        (tools / stub).chmod(0o755)
    # The command that test_own_command installs.
    (tools / "parcels").write_text(f"#!{sys.executable}\n{_PARCELS}", encoding="utf-8")
    (tools / "parcels").chmod(0o755)
    (tools / "redirected.py").write_text(_REDIRECTED, encoding="utf-8")
    blocks = blocks_of(path)
    script = "\n".join(_script(blocks, tools))
    # The ports of a guide may be taken on this machine.
    ports = {shown: str(_free_port()) for shown in sorted(set(_PORT.findall(script)))}
    with Sandbox(Connector.load().specs) as sandbox:
        here = {
            **sandbox.environment,
            "PATH": os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]]),
            "NO_PROXY": "127.0.0.1",
            "SEGMENT_CONNECTOR_CONFIG": str(folder / "settings"),
        }
        with subprocess.Popen(
            ["bash", "-eu", "-o", "pipefail", "-c", _PORT.sub(lambda found: ports[found[0]], script)],
            cwd=copy, env=environment(here), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as shell:  # fmt: skip
            try:
                out, _ = shell.communicate(timeout=_LONGEST)
            finally:
                # What a guide that failed has left in the background would hold the pipe for ever.
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(shell.pid, signal.SIGKILL)
    said = out.decode()
    for shown, port in ports.items():
        said = said.replace(port, shown)
    for part in said.split("=== block ")[1:]:
        number, _, rest = part.partition("\n")
        blocks[int(number)].said = rest
    assert shell.returncode == 0, f"{path.name}: exit code {shell.returncode}\n{said[-4000:]}"
    return blocks


def _script(blocks: list[Block], tools: Path) -> list[str]:
    lines = []
    for index, block in enumerate(blocks):
        if block.saved_as:
            lines.append(f"cat > {shlex.quote(block.saved_as)} <<'END OF BLOCK'\n{block.text}\nEND OF BLOCK")
        elif block.is_run:
            lines.append(f"echo '=== block {index}'")
            if block.language == "sh":
                lines.append(block.text)
            else:
                program = tools / f"block{index}.py"
                program.write_text(block.text, encoding="utf-8")
                lines.append(f"python {shlex.quote(str(tools / 'redirected.py'))} {shlex.quote(str(program))}")
    return lines


def differs(shown: str, said: str) -> str | None:
    """The first line of what a guide shows that was not said, in this order; ``...`` stands for anything."""
    lines = iter(said.splitlines())
    for wanted in shown.splitlines():
        if wanted.strip() == "...":
            continue
        pattern = re.compile(".*".join(map(re.escape, wanted.rstrip().split("..."))) + r"\s*")
        if not any(pattern.fullmatch(line) for line in lines):
            return wanted
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
