"""Find and read the profiles of platforms: ``catalogs/<platform>.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import InputError, SpecError, did_you_mean
from . import yaml_reader as yaml_loader
from .connector_records import ConnectorSpec
from .profile_records import Envelope, ListedOutput, Profile, profile_from


def profile_paths(root: Path) -> dict[str, Path]:
    """The file of every platform's profile by the platform's name, sorted."""
    return {path.stem: path for path in sorted((root / "catalogs").glob("*.yaml"))}


def read_profile(root: Path, name: str) -> Profile:
    """The profile of one platform.

    :param root: the folder with ``connector.yaml`` and ``catalogs/``.
    :raises InputError: when there is none of that name, with those that are near.
    :raises SpecError: when its file, or the one it extends, breaks the language.
    """
    paths = profile_paths(root)
    if name not in paths:
        hint = did_you_mean(str(name), paths) or (f"there is {', '.join(paths)}" if paths else "there are none")
        raise InputError.of("unknown_catalog", f"there is no catalogue '{str(name)[:80]}'", hint, "catalogue")
    source = str(paths[name])
    data = yaml_loader.read(paths[name])
    profile = profile_from(extended(data, paths, source), source)
    if profile.name != name:
        message = f"the file says 'name: {profile.name}', but a profile must be named after its file"
        raise SpecError.at(source, "name", message, f"write 'name: {name}' or rename the file", field="name")
    return profile


def own_profile(root: Path, spec: ConnectorSpec) -> Profile:
    """How the connector lists its actions itself: the profile of its own name, else each action as it is.

    :param root: as for ``read_profile``.
    :raises SpecError: when the profile breaks the language.
    """
    if spec.name in profile_paths(root):
        return read_profile(root, spec.name)
    values: dict[str, tuple[str | list[str], str]] = {
        "ok": ("boolean", "Whether the service accepted the call."),
        "outputs": ("object", "The action's outputs by name."),
        "error": (["object", "null"], "Why it did not succeed, or null."),
        "meta": ("object", "How the call went."),
    }
    members = {
        name: ListedOutput(value=f"{{{{ result.{name} }}}}", type=kind, description=said, required=True)
        for name, (kind, said) in values.items()
    }
    return Profile(
        path=spec.path, name=spec.name, title=spec.title, summary=spec.summary, every_action=True, every_trigger=True,
        envelope=Envelope(members=members, outputs="outputs"),
    )  # fmt: skip


def extended(data: Any, paths: Mapping[str, Path], source: str) -> Any:
    """What stands in a profile, on top of the profile that it extends; a member that stands in both is the own one's.

    :param paths: the profiles that there are.
    :raises SpecError: when it extends one that is not there, or that extends another one itself.
    """
    if not isinstance(data, dict) or "extends" not in data:
        return data
    named = data["extends"]
    path = paths.get(named) if isinstance(named, str) else None
    base = None if path is None or str(path) == source else yaml_loader.read(path)
    if not isinstance(base, dict) or "extends" in base:
        others = [name for name, one in paths.items() if str(one) != source]
        what = "extends another one itself" if isinstance(base, dict) else "is not there"
        hint = did_you_mean(str(named), others) or "name a profile that stands on its own"
        raise SpecError.at(source, "extends", f"the profile '{str(named)[:80]}' {what}", hint, field="extends")
    return {**base, **data}
