"""Action files as an author works on them: read, judged while they are edited, and saved if nobody else did."""

from __future__ import annotations

import contextlib
import difflib
import hashlib
import json
import os
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ..call.request import Request
from ..checks import judge
from ..checks.project import Project
from ..checks.rehearsal import Rehearsal
from ..errors import ConnectorError, InputError, Problem, SpecError
from ..language.action_records import Action, Output
from ..language.specs import Specs, default_root
from .completions import Vocabulary, Word
from .cursor import cursor_at
from .draft import Draft, consequences
from .new_action import NewAction, path_of, text_of

_OWN = "my-actions"
_saving = threading.Lock()


class Changed(ConnectorError):  # noqa: N818 - an outcome, as CallFailed
    """The file is not, or no more, what the author began with; nothing was written."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as it was read.

    :ivar digest: of its content, by which a change of somebody else's is noticed; empty for a file that is new.
    """

    name: str
    path: Path
    text: str
    digest: str


@dataclass(slots=True)
class Judged:
    """What can be told of an edited text.

    :ivar findings: what ``segment-connector check`` finds in it, in the order of its lines.
    :ivar action: the action that it describes, if it can be loaded.
    :ivar rehearsal: plans and runs that action without a service, if there is one.
    """

    findings: list[Problem]
    action: Action | None
    rehearsal: Rehearsal | None = None

    def plan(self, inputs: Mapping[str, Any]) -> Request:
        """The request that inputs make of the edited action, with a made-up connection.

        :raises ConnectorError: for inputs that it refuses, or when it cannot be loaded.
        """
        if self.action is None or self.rehearsal is None:
            raise InputError.of("draft", "the action cannot be loaded", "fix the findings in its file")
        return self.rehearsal.plan(self.action.name, inputs)


@dataclass(slots=True)
class Workshop:
    """The action files of one spec root; safe to share between threads.

    :ivar specs: the spec root.
    """

    specs: Specs
    _project: Project | None = None
    _stamp: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def names(self) -> Mapping[str, list[str]]:
        """The names of all actions by their groups, in the order of ``connector.yaml``."""
        found: dict[str, list[str]] = {}
        for name, path in self.specs.paths.items():
            found.setdefault(path.parent.name, []).append(name)
        return found

    @property
    def own_folder(self) -> tuple[str, str]:
        """Commands for any shell: one copies the specs into a folder of the author's own, one serves that folder."""
        copy = f"import shutil; shutil.copytree({self.specs.root.as_posix()!r}, {_OWN!r})"
        return f'python -c "{copy}"', f"{self.specs.command} --specs {_OWN} serve"

    @property
    def read_only(self) -> str | None:
        """Why nothing can be saved, or ``None`` where it can."""
        root = self.specs.root
        if root.name == "_data" and root == default_root():
            return "These are the specs inside the installed package. Start the service on a folder of your own."
        if not os.access(root / "actions", os.W_OK):
            return f"The service may not write into {root / 'actions'}."
        return None

    def open(self, name: str) -> Opened:
        """One action's file.

        :raises UnknownActionError: when there is no such action.
        :raises SpecError: when it cannot be read as text.
        """
        path = self.specs.path_of(name)
        try:
            text = path.read_bytes().decode("utf-8")
        except (OSError, UnicodeDecodeError):
            raise SpecError.of("unreadable", "the file cannot be read as UTF-8", path=str(path)) from None
        return Opened(name, path, text, _digest(text))

    def begin(self, wanted: NewAction) -> tuple[Opened, str]:
        """A file that is not there yet, and the text to begin it with.

        :raises InputError: with everything in the answers that cannot be used.
        """
        return Opened(wanted.name, path_of(self.specs, wanted), "", ""), text_of(self.specs, wanted)

    def judge(self, name: str, text: str, path: Path | None = None) -> Judged:
        """What is wrong with a text in place of an action's file, and what it makes; some ten milliseconds.

        :param path: where the file of a new action is to be; else it is the action's own.
        """
        path = path or self.specs.path_of(name)
        draft = Draft(self._base(), path, text)
        findings = [one for one in judge(draft, [path]) if one.path == str(draft.path)]
        action = draft.source.action or _loaded(draft)
        judged = Judged(findings, action)
        if action is not None:
            with contextlib.suppress(LookupError):  # the rule 'examples' says so
                judged.rehearsal = Rehearsal(draft.specs)
        return judged

    def elsewhere(self, name: str, text: str, path: Path | None = None) -> list[Problem]:
        """What the text would break in other files, or by comparison with them; less than a second.

        :param path: as ``judge`` takes it.
        """
        known = {_told(one) for one in self.judge(name, text, path).findings}
        base = self._base()
        path = path or self.specs.path_of(name)
        before = self.open(name).text if name in self.specs.paths else "{}"  # a new file has broken nothing yet
        known.update(_told(one) for one in consequences(Draft(base, path, before, alone=False)))
        return [one for one in consequences(Draft(base, path, text, alone=False)) if _told(one) not in known]

    def words(self, judged: Judged | None, text: str, line: int, column: int) -> tuple[list[Word], str]:
        """What can be written at a cursor, and what was typed of it already.

        :param judged: what was told of the text lately, for the names of its parameters.
        """
        cursor = cursor_at(text, line, column)
        action = judged.action if judged else None
        vocabulary = Vocabulary(
            self._language, self.specs, self.specs.connector,
            action.parameters if action else {},
            {name: _described(output) for name, output in action.outputs.items()} if action else {},
        )  # fmt: skip
        typed = cursor.prefix.rpartition(".")[2] if cursor.kind == "template" else cursor.prefix
        return vocabulary.at(cursor), typed

    def difference(self, opened: Opened, text: str) -> list[str]:
        """What saving would change, in unified form; empty when nothing would."""
        name = opened.path.relative_to(self.specs.root).as_posix()
        return list(
            difflib.unified_diff(
                opened.text.splitlines(), text.splitlines(), f"{name} as it is", f"{name} as edited", lineterm=""
            )
        )

    def save(self, opened: Opened, text: str) -> Opened:
        """Write the file in one step.

        :param opened: the file as the author began with it.
        :raises Changed: when the file is another one by now; nothing is overwritten then.
        :raises InputError: when nothing can be written here.
        """
        if self.read_only is not None:
            raise InputError.of("read_only", self.read_only, "copy the text, and save it by hand")
        with _saving:
            now = _digest_of(opened.path)
            if now != opened.digest:
                message = "the file has changed since you opened it: somebody else saved or removed it"
                raise Changed.of("changed", message, "look at the current file, and make your change again")
            try:
                opened.path.parent.mkdir(exist_ok=True)
                _write(opened.path, text)
            except OSError as error:
                reason = f"{opened.path} cannot be written: {error.strerror}"
                raise InputError.of("read_only", reason, "copy the text, and save it by hand") from None
        return Opened(opened.name, opened.path, text, _digest(text))

    def _base(self) -> Project:
        """The whole spec root, read anew when a file of it has changed."""
        with self._lock:
            stamp = _stamp_of(self.specs.root)
            if self._project is None or stamp != self._stamp:
                self._project, self._stamp = Project(self.specs.root), stamp
            return self._project

    @property
    def _language(self) -> Mapping[str, Any]:
        return _LANGUAGE.of(self.specs.root)


class _Language:
    """The schema of an action's file; that of the root, which the rules judge by, else the package's."""

    def __init__(self) -> None:
        self._own: dict[Path, Mapping[str, Any]] = {}

    @cached_property
    def _packaged(self) -> Mapping[str, Any]:
        return _object(default_root() / "schemas" / "action.schema.json") or {}

    def of(self, root: Path) -> Mapping[str, Any]:
        if root not in self._own:
            self._own[root] = _object(root / "schemas" / "action.schema.json") or self._packaged
        return self._own[root]


_LANGUAGE = _Language()


def _object(path: Path) -> Mapping[str, Any] | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return data if isinstance(data, dict) else None


def _loaded(draft: Draft) -> Action | None:
    """The action all the same: rules set a file aside that can be shown as a form and a request."""
    try:
        return draft.specs.action(draft.path.stem)
    except SpecError:
        return None


def _described(output: Output) -> dict[str, Any]:
    """An output as a JSON Schema, as a parameter is one."""
    return {**output.schema, "type": output.type, "description": output.description}


def _told(problem: Problem) -> tuple[str | None, str | None, str]:
    return problem.path, problem.field, problem.message


def _digest_of(path: Path) -> str:
    """That of a file as it is now; empty when it is not there, or not text."""
    try:
        return _digest(path.read_bytes().decode("utf-8"))
    except (OSError, UnicodeDecodeError):
        return ""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _stamp_of(root: Path) -> list[tuple[str, int, int]]:
    folders = ("actions/*", "catalogs", "schemas", "schemas/types", "presets/*", "servers")
    paths = [root / "connector.yaml", *(path for folder in folders for path in root.glob(f"{folder}/*.*"))]
    return sorted((str(path), at.st_mtime_ns, at.st_size) for path in paths if (at := path.stat()))


def _write(path: Path, text: str) -> None:
    """Replace or begin a file so that nobody can meet half of it."""
    mode = (path if path.exists() else path.parent).stat().st_mode & (0o777 if path.exists() else 0o666)
    handle, made = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
        Path(made).chmod(mode)  # fchmod is not on every system
        os.replace(made, path)  # noqa: PTH105 - a name from mkstemp
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise
