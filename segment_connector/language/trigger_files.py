"""Find and read the triggers of a spec root: ``triggers/<group>/<name>.yaml`` and ``triggers/webhooks.yaml``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ..errors import SpecError, UnknownActionError, did_you_mean
from . import yaml_reader as yaml_loader
from .records import build, build_map, mapping
from .specs import Specs
from .trigger_records import Trigger, Webhook

WEBHOOKS = "webhooks.yaml"

# A member of a trigger stands in one of these places, by its kind.
_ONLY_FOR = {"webhook": ("webhook", "filter"), "poll": ("poll",)}


class Triggers(Mapping[str, Trigger]):
    """The triggers of a spec root by name; each is read when it is first looked at.

    :param specs: the actions that they are made of.
    """

    def __init__(self, specs: Specs) -> None:
        self.specs = specs
        self._read: dict[str, Trigger] = {}

    @cached_property
    def paths(self) -> Mapping[str, Path]:
        """The file of every trigger by the trigger's name, in the order of groups and names.

        :raises SpecError: when two files have one name.
        """
        order = {name: index for index, name in enumerate(self.specs.groups)}
        files = sorted(
            self.specs.root.glob("triggers/*/*.yaml"),
            key=lambda path: (order.get(path.parent.name, len(order)), path.parent.name, path.name),
        )
        found: dict[str, Path] = {}
        for path in files:
            if path.stem in found:
                hint = f"rename one; the other is {found[path.stem]}"
                raise SpecError.at(path, "duplicate_trigger", f"two files are named '{path.stem}'", hint)
            found[path.stem] = path
        return found

    @cached_property
    def webhooks(self) -> Mapping[str, Webhook]:
        """The ways in which the service calls out, by name.

        :raises SpecError: when their file breaks the language.
        """
        path = self.specs.root / "triggers" / WEBHOOKS
        return build_map(Webhook, yaml_loader.read(path), str(path), "") if path.is_file() else {}

    def __getitem__(self, name: str) -> Trigger:
        known = self._read.get(name)
        if known is None:
            path = self.paths[name]
            known = self._read[name] = self.specs.in_words(self.trigger_from(yaml_loader.read(path), path))
        return known

    def __iter__(self) -> Iterator[str]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)

    def trigger(self, name: str) -> Trigger:
        """One trigger.

        :raises UnknownActionError: when there is none of that name, with those that are near.
        :raises SpecError: when its file breaks the language.
        """
        if name in self.paths:
            return self[name]
        hint = did_you_mean(str(name), self.paths) or f"see '{self.specs.command} list --triggers'"
        raise UnknownActionError.of("unknown_trigger", f"there is no trigger '{str(name)[:80]}'", hint, field="trigger")

    def actions_of(self, trigger: Trigger) -> frozenset[str]:
        """The actions that set a trigger up or that it polls, as far as no input names them."""
        if trigger.poll is not None:
            named = {one.action for one in trigger.poll.calls}
        else:
            named = {one.action for one in self.webhooks[trigger.webhook or ""].subscribe}
        return frozenset(name for name in named if "{{" not in name)

    def trigger_from(self, data: Any, path: Path) -> Trigger:
        """The trigger that a value describes, as if it stood in a file.

        :raises SpecError: when the value breaks the language.
        """
        source = str(path)
        if mapping(data, source, "").get("name") != path.stem:
            message = f"the file says 'name: {data.get('name')}', but a trigger must be named after its file"
            hint = f"write 'name: {path.stem}' or rename the file"
            raise SpecError.at(path, "name", message, hint, field="name", line=1)
        members = self.specs.resolved(data, source)
        trigger = build(Trigger, members, source, "", group=path.parent.name, path=source)
        for kind, names in _ONLY_FOR.items():
            for name in names:
                if (getattr(trigger, name) is not None) and kind != trigger.kind:
                    message, hint = f"has no meaning for 'kind: {trigger.kind}'", f"remove it, or write 'kind: {kind}'"
                    raise SpecError.at(source, "kind", message, hint, field=name)
        if getattr(trigger, trigger.kind) is None:
            message, hint = f"'{trigger.kind}' is missing", f"'kind: {trigger.kind}' needs it"
            raise SpecError.at(source, "missing_key", message, hint, field=trigger.kind)
        if trigger.webhook is not None and trigger.webhook not in self.webhooks:
            hint = did_you_mean(trigger.webhook, self.webhooks) or f"describe it in triggers/{WEBHOOKS}"
            message = f"there is no webhook '{trigger.webhook[:80]}'"
            raise SpecError.at(source, "reference", message, hint, field="webhook")
        return trigger
