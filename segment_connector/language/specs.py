"""Find the spec files, list them by their heads, and read an action when it is first used.

A spec root is a folder with ``connector.yaml``, ``actions/`` and ``schemas/``: the package's own data, the checkout, or
any folder a user names. Listing reads the head of each file; one call reads one action file.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from .. import PROGRAM
from ..errors import SpecError, UnknownActionError, did_you_mean
from . import yaml_reader as yaml_loader
from .action_records import (
    Action,
    Endpoint,
    Entries,
    Summary,
)
from .records import build, mapping
from .short_forms import method_and_path, with_effect, with_examples, with_outputs, with_paging, with_request

if TYPE_CHECKING:
    from .connector_records import ConnectorSpec
    from .plan_records import PlanSpec
    from .presets import Presets

_T = TypeVar("_T")
_PACKAGE = Path(__file__).resolve().parent.parent

# What the head of a file holds beside what a listing shows.
_UNLISTED = frozenset(("description", "endpoint", "status"))

# What of it is a list.
LISTS_IN_HEAD = frozenset(("keywords",))

_FILE = re.compile(r"\w+\Z")

# Many times what the largest action has; a few definitions that refer to each other can make millions of nodes.
_MAX_NODES = 50_000
_MAX_DEPTH = 200


def default_root() -> Path:
    """The folder of the specs that came with the package: inside the wheel, else the checkout around it.

    :raises SpecError: when neither is there, which means a broken installation.
    """
    for root in (_PACKAGE / "_data", _PACKAGE.parent):
        if (root / "connector.yaml").is_file():
            return root
    raise SpecError.of("missing_specs", "the specs of the package are not installed", f"reinstall {PROGRAM}")


class Specs:
    """The specs of one root folder.

    :param root: the folder; by default the one that came with the package.
    :param command: what people type to call its actions, where that is not as ``connector.yaml`` says.
    :raises SpecError: when ``root`` holds no ``connector.yaml``.
    """

    def __init__(self, root: Path | None = None, command: str | None = None) -> None:
        self._command = command
        self.root = root if root is not None else default_root()
        if not (self.root / "connector.yaml").is_file():
            hint = "name the folder that holds connector.yaml, actions/ and schemas/"
            raise SpecError.at(self.root, "missing_specs", "there is no connector.yaml in this folder", hint)
        self._actions: dict[str, Action] = {}
        self._read_types: dict[str, Mapping[str, Mapping[str, Any]]] = {}
        self._edition = 0

    @property
    def edition(self) -> int:
        """How often ``forget`` was called: what was made of an earlier edition is stale."""
        return self._edition

    @cached_property
    def connector(self) -> ConnectorSpec:
        """``connector.yaml``, read once."""
        from .connector_records import connector_from  # a listing of actions does not need it

        return connector_from(self._connector_data, str(self.root / "connector.yaml"))

    @cached_property
    def plans(self) -> PlanSpec | None:
        """``plans.yaml``, read once; ``None`` where the service has no tracking plans."""
        from .plan_records import read_plan_spec

        return read_plan_spec(self.root)

    @cached_property
    def investigations(self) -> tuple[str, ...] | None:
        """The names of the investigations; ``None`` where there are none."""
        from .investigation_records import investigation_paths

        return tuple(investigation_paths(self.root)) or None

    @cached_property
    def triggers(self) -> tuple[str, ...] | None:
        """The names of the triggers; ``None`` where there are none."""
        return tuple(sorted(path.stem for path in self.root.glob("triggers/*/*.yaml"))) or None

    @cached_property
    def _connector_data(self) -> Any:
        return yaml_loader.read(self.root / "connector.yaml")

    @property
    def command(self) -> str:
        """What people type to call its actions, quoted for a shell; hints name it."""
        data = self._connector_data if self._command is None else {}
        own = data.get("command") if isinstance(data, dict) else None
        return self._command or str(own or f"{PROGRAM} --specs {shlex.quote(str(self.root))}")

    @cached_property
    def _apis(self) -> Mapping[str, Any]:
        """The APIs as they stand in the file: an action can be read, and judged, beside a connector that is broken."""
        apis = self._connector_data.get("apis") if isinstance(self._connector_data, dict) else None
        return apis if isinstance(apis, dict) else {}

    @cached_property
    def groups(self) -> list[str]:
        """The folders of actions in the order of ``connector.yaml``, then those that it does not name."""
        named = self._connector_data.get("groups", {}) if isinstance(self._connector_data, dict) else {}
        found = sorted(path.name for path in self.root.glob("actions/*") if path.is_dir())
        return [name for name in named if name in found] + [name for name in found if name not in named]

    @cached_property
    def paths(self) -> Mapping[str, Path]:
        """The file of every action by the action's name: in the order of groups, and in each in the order of use."""
        found: dict[str, Path] = {}
        place = self._place_in_group()
        files = (
            path for group in self.groups
            for path in sorted((self.root / "actions" / group).glob("*.yaml"), key=lambda path: place(path.stem))
        )  # fmt: skip
        for path in files:
            if path.stem in found:
                hint = f"rename one; the other is {found[path.stem]}"
                raise SpecError.at(path, "duplicate_action", f"two files are named '{path.stem}'", hint)
            found[path.stem] = path
        return found

    def _place_in_group(self) -> Callable[[str], tuple[int, int, int, str]]:
        """What the names of a group's actions are sorted by: the most used, then what is plain, as ``order`` has it."""
        data = self._connector_data if isinstance(self._connector_data, dict) else {}
        search, order = data.get("search"), data.get("order")
        common = _places(search.get("common") if isinstance(search, dict) else None)
        words = _places(order)
        if not words:
            return lambda name: (common.get(name, len(common)), 0, 0, name)

        def place(name: str) -> tuple[int, int, int, str]:
            first, *rest = name.split("_")
            known = words.get(name, words.get(first, len(words)))
            return common.get(name, len(common)), len(rest), known, name

        return place

    @cached_property
    def types(self) -> Mapping[str, Mapping[str, Any]]:
        """Every shared definition of ``schemas/types/``, by what a ``$ref`` to it says: ``sources#Source``."""
        files = sorted(path.stem for path in self.root.glob("schemas/types/*.yaml"))
        return {f"{file}#{name}": one for file in files for name, one in self._types_in(file).items()}

    def _types_in(self, file: str) -> Mapping[str, Mapping[str, Any]]:
        if file not in self._read_types:
            path = self.root / "schemas" / "types" / f"{file}.yaml"
            data = yaml_loader.read(path) if _FILE.match(file) and path.is_file() else {}
            if not isinstance(data, dict) or not all(isinstance(one, dict) for one in data.values()):
                hint = "write 'name:', and the definition below it"
                raise SpecError.at(path, "types", "must be a mapping of mappings", hint)
            self._read_types[file] = data
        return self._read_types[file]

    @cached_property
    def presets(self) -> Presets:
        """The presets: events that an action of theirs sends, each called by its own name."""
        from .presets import Presets

        families = self._connector_data.get("presets") if isinstance(self._connector_data, dict) else None
        return Presets(
            self.root, lambda data, source: self._resolve(data, source, "", (), [_MAX_NODES]), self.action,
            families if isinstance(families, dict) else {},
        )  # fmt: skip

    def path_of(self, name: str) -> Path:
        """The file of an action.

        :raises UnknownActionError: with the names that are near.
        """
        try:
            return self.paths[name]
        except (KeyError, TypeError):
            raise UnknownActionError.of(
                "unknown_action",
                f"there is no action '{str(name)[:80]}'",
                did_you_mean(str(name), [*self.paths, *self.presets.names]) or f"see '{self.command} list'",
                field="action",
            ) from None

    def summaries(self) -> Iterator[Summary]:
        """The head of every action file, without reading the rest."""
        for path, head in self._heads():
            listed = {key: value for key, value in head.items() if key not in _UNLISTED}
            yield build(Summary, listed, str(path), "", group=path.parent.name)

    def endpoints(self, api: str) -> Iterator[tuple[str, Endpoint]]:
        """Name, method and path of every action of an API, without reading the rest of their files.

        :raises SpecError: when the head of a file breaks the language.
        """
        for path, head in self._heads():
            if head.get("api") == api:
                method, below = method_and_path(head["endpoint"], path)
                yield path.stem, Endpoint(method=method, path=below)

    def _heads(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        for name, path in self.paths.items():
            head = yaml_loader.read_head(path, LISTS_IN_HEAD)
            if head.get("name") != name:
                raise _misnamed(path, head.get("name"))
            yield path, with_effect(head, path)

    def action(self, name: str) -> Action:
        """One action, read on first use and kept.

        :raises UnknownActionError: when there is none of that name.
        :raises SpecError: when its file breaks the language.
        """
        known = self._actions.get(name)
        if known is None and name not in self.paths and name in self.presets:
            return self.presets.action(name)
        if known is None:
            path = self.path_of(name)
            known = self._actions[name] = self.action_from(yaml_loader.read(path), path)
        return known

    def unverified(self, action: str) -> tuple[str, ...]:
        """What nobody has verified of the calls of an action; nothing where the connector's own service takes them."""
        del action
        return ()

    def in_words(self, record: _T) -> _T:
        """A record that was read beside these, with its texts in their language."""
        return record

    def forget(self) -> None:
        """Read every action anew when it is next used: a file has changed, or is new."""
        self._actions = {}
        self.__dict__.pop("paths", None)
        self.presets.forget()
        self._edition += 1

    def action_from(self, data: Any, path: Path) -> Action:
        """The action that a value describes, as if it stood in a file; the file itself is not read.

        :raises SpecError: when the value breaks the language.
        """
        source = str(path)
        if mapping(data, source, "").get("name") != path.stem:
            raise _misnamed(path, data.get("name"))
        members = with_effect(self.resolved(data, source), source)
        members = with_outputs(with_request(members, source), self._apis)
        members = with_examples(with_paging(members, self._apis, source), source)
        action = build(Action, members, source, "", group=path.parent.name, path=source, demands=None, beneath=None)
        # What an API says of its lists is judged where it stands.
        for index, paging in enumerate(() if isinstance(data.get("paging"), str) else action.paging):
            if (misfit := paging.misfit()) is not None:
                member, message, hint = misfit
                place = "paging" if isinstance(data["paging"], dict) else f"paging.{index}"
                raise SpecError.of("paging", message, hint, field=f"{place}.{member}", path=source)
        if action.split is not None:
            name = action.split.parameter
            if name not in action.required or "entries" not in action.parameters.get(name, {}):
                hint = did_you_mean(name, action.parameters.keys() - {name}) or (
                    "require the list, and say there which actions its entries may be"
                )
                message = f"'{name}' is not a required parameter with 'entries'"
                raise SpecError.at(source, "split", message, hint, field="split.parameter")
            build(Entries, action.parameters[name]["entries"], source, f"parameters.{name}.entries")
        return action

    def resolved(self, data: Any, source: str) -> Any:
        """A file's value in which each ``$ref: file#name`` is what it names in ``schemas/types/``.

        :raises SpecError: when one names nothing, leads back to itself, or makes the file too large.
        """
        return self._resolve(data, source, "", (), [_MAX_NODES])

    def _resolve(self, node: Any, source: str, place: str, open_refs: tuple[str, ...], left: list[int]) -> Any:
        """A copy of the tree in which each ``$ref: file#name`` is what it names; members beside it win.

        :param open_refs: names that are being replaced around this place.
        :param left: how many more nodes the whole file may have.
        """
        left[0] -= 1
        if left[0] < 0 or place.count(".") > _MAX_DEPTH:
            message = "the file becomes too large or too deep when its $refs are replaced"
            raise SpecError.at(source, "too_large", message, "refer to less", field=place[:200].lstrip("."))
        if isinstance(node, list):
            return [self._resolve(item, source, f"{place}.{index}", open_refs, left) for index, item in enumerate(node)]
        if not isinstance(node, dict):
            return node
        if "$ref" not in node or place.startswith((".examples", ".simulate")):
            return {key: self._resolve(item, source, f"{place}.{key}", open_refs, left) for key, item in node.items()}
        reference = str(node["$ref"])
        file, _, name = reference.partition("#")
        definition = self._types_in(file).get(name)
        if definition is None or reference in open_refs:
            message = f"'{reference[:80]}' {'leads back to itself' if definition is not None else 'names nothing'}"
            hint = nearest_type(reference, self.types)
            raise SpecError.at(source, "reference", message, hint, field=place.lstrip("."))
        target = self._resolve(definition, source, place, (*open_refs, reference), left)
        beside = {key: item for key, item in node.items() if key != "$ref"}
        return {**target, **self._resolve(beside, source, place, open_refs, left)}


def _places(names: Any) -> dict[str, int]:
    """The place of each name in a list; what is no list of texts has none, and is judged where the file is."""
    listed = names if isinstance(names, list) else []
    return {name: place for place, name in enumerate(listed) if isinstance(name, str)}


def nearest_type(reference: str, known: Iterable[str]) -> str:
    """The cure for a ``$ref`` that names nothing: the shared definitions that are called much the same.

    :param known: the references that there are.
    """
    names = {one.partition("#")[2]: one for one in known}
    near = did_you_mean(reference.rpartition("#")[2], names)
    if near is None:
        return "write file#name, with a name in schemas/types/file.yaml"
    return re.sub(r"'(\w+)'", lambda found: f"'{names[found[1]]}'", near)


def _misnamed(path: Path, name: Any) -> SpecError:
    message = f"the file says 'name: {name}', but an action must be named after its file"
    return SpecError.at(path, "name", message, f"write 'name: {path.stem}' or rename the file", field="name", line=1)


class Actions(Mapping[str, Action]):
    """The actions of a spec root by name; each is read when it is first looked at."""

    def __init__(self, specs: Specs) -> None:
        self._specs = specs

    def __getitem__(self, name: str) -> Action:
        if name not in self._specs.paths:
            raise KeyError(name)
        return self._specs.action(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs.paths)

    def __len__(self) -> int:
        return len(self._specs.paths)
