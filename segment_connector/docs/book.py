"""What every page needs: the specs, and how one page names another."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cached_property

from ..call.policy import EFFECTS, Policy
from ..checks.rehearsal import Rehearsal
from ..http.auth import Scheme
from ..language.action_records import Action
from ..language.connector_records import Api, ConnectorSpec, Group
from ..language.specs import Specs
from ..markup import markdown as md

CONNECTION = "connection.md"
ERRORS = "errors.md"
LIMITS = "limits.md"
SERVERS = "servers.md"
INDEX = "actions/index.md"


@dataclass(frozen=True)
class Book:
    """The connector as pages see it.

    :ivar specs: the specs that are described.
    """

    specs: Specs

    @property
    def spec(self) -> ConnectorSpec:
        """``connector.yaml``."""
        return self.specs.connector

    @cached_property
    def rehearsal(self) -> Rehearsal:
        """Plans the requests of examples, always the same ones."""
        return Rehearsal(self.specs)

    @cached_property
    def offer(self) -> Policy:
        """What an agent may be offered without naming a single action."""
        return Policy(self.specs, allow=EFFECTS)

    @cached_property
    def actions(self) -> dict[str, Action]:
        """Every action by name, in the order of groups and names."""
        return {name: self.specs.action(name) for name in self.specs.paths}

    @cached_property
    def groups(self) -> dict[str, list[Action]]:
        """The actions of every group, in the order of ``connector.yaml``."""
        found: dict[str, list[Action]] = {}
        for action in self.actions.values():
            found.setdefault(action.group, []).append(action)
        return found

    def group(self, name: str) -> Group:
        """What the connector says of a group of actions, or its bare name."""
        return self.spec.groups.get(name) or Group(title=name.replace("_", " ").capitalize(), summary="")

    def api(self, action: Action) -> Api | None:
        """The API that an action calls; ``None`` where an input chooses it."""
        return self.spec.apis.get(action.api)

    def schemes(self, api: Api) -> list[Scheme]:
        """The ways to sign in to an API, the first that a connection can serve being used."""
        return [self.rehearsal.caller.schemes[name] for name in api.auth]

    def credentials(self, scheme: Scheme) -> list[tuple[str, str]]:
        """Name and title of the connection's members that a scheme needs."""
        names = dict.fromkeys(need.split(".")[0] for need in scheme.needs)
        return [(name, str(self.spec.connection.properties[name].get("title", name))) for name in names]

    def source(self, action: Action) -> str:
        """The file of an action, as a repository names it."""
        return f"actions/{action.group}/{action.name}.yaml"

    def prose(self, words: str, page: str) -> str:
        """Words of a spec as Markdown, in which every action that they name is a link.

        :param page: the page that they stand on.
        """
        return self._named.sub(lambda found: self.mention(found[0].replace("\\", ""), page), md.text(words))

    @cached_property
    def _named(self) -> re.Pattern[str]:
        # A name without a '_' is a word of English as well.
        names = sorted((name for name in self.actions if "_" in name), key=len, reverse=True)
        return re.compile(rf"(?<![\w/.-])(?:{'|'.join(map(re.escape, names)) or '(?!)'})(?![\w/-])")

    def mention(self, action: str, page: str) -> str:
        """The name of an action as a link to its page."""
        target = page_of(self.actions[action])
        return md.code(action) if target == page else md.link(md.code(action), to(target, page))


def page_of(action: Action) -> str:
    """The page of an action."""
    return f"actions/{action.group}/{action.name}.md"


def group_page(group: str) -> str:
    """The page of a group of actions."""
    return f"actions/{group}/index.md"


def to(target: str, page: str) -> str:
    """The way from one page to another, as a relative link; an anchor stays where it is."""
    return posixpath.relpath(target, posixpath.dirname(page) or ".")
