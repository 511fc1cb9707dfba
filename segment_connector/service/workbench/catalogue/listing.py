"""What the catalogue shows: entries of the connector or of a platform, searched, filtered, and as HTML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ....language.locales import PLAIN, Locale
from ....language.profiles import profile_paths, read_profile
from ....language.search import Ranking, document_of
from ....markup.html import html
from ..markup import EFFECTS, STABILITIES
from ..spoken import say

if TYPE_CHECKING:
    from ....call.policy import Policy
    from ....connector import Connector
    from ....language.action_records import Summary


@dataclass(frozen=True, slots=True)
class ListedEntry:
    """One action as it is listed.

    :ivar name: its name in the listing.
    :ivar action: the action's own name.
    :ivar group: the folder it stands in.
    :ivar own: the action as the connector lists it.
    """

    name: str
    action: str
    group: str
    title: str
    summary: str
    effect: str
    stability: str
    own: Summary


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked of a listing; what is empty asks for nothing."""

    search: str = ""
    group: str = ""
    effect: str = ""

    def __call__(self, ranking: Ranking[ListedEntry]) -> list[ListedEntry]:
        """The entries that have it all, in their order; with a search, the best match first."""
        return ranking.find(
            self.search,
            lambda entry: self.group in ("", entry.group) and self.effect in ("", entry.effect),
        )


def ranking(connector: Connector, entries: Iterable[ListedEntry]) -> Ranking[ListedEntry]:
    """Entries as a search finds them: by the names of their listing and by those of their actions."""
    spec = connector.spec
    documents = [(entry, document_of(entry.own, spec, entry.name, entry.title)) for entry in entries]
    return Ranking(documents, spec.search.synonyms)


def platforms(connector: Connector) -> dict[str, str]:
    """The title of every platform by its name."""
    root = connector.specs.root
    return {name: read_profile(root, name).title for name in profile_paths(root)}


def entries(
    connector: Connector, platform: str = "", policy: Policy | None = None, say: Locale = PLAIN
) -> list[ListedEntry]:
    """All entries in the order of their groups; it reads files.

    :param platform: whose listing; by default the connector's own.
    :param policy: which actions are listed; by default all.
    :param say: the language of titles and summaries; a search finds the English ones as well.
    """
    order = {name: place for place, name in enumerate(connector.spec.groups)}
    own = {
        summary.name: summary for summary in connector.specs.summaries() if policy is None or policy.permits(summary)
    }
    if platform:
        catalog = connector.catalog(platform)
        listed = [catalog.listed(name) for name, one in catalog.entries.items() if one.action in own]
        found = [_entry(own[one.action.name], one.name, one.title, say) for one in listed]
    else:
        found = [_entry(summary, summary.name, summary.title, say) for summary in own.values()]
    return sorted(found, key=lambda entry: order.get(entry.group, len(order)))


def _entry(summary: Summary, name: str, title: str, say: Locale) -> ListedEntry:
    return ListedEntry(
        name, summary.name, summary.group, say(title), say(summary.summary), summary.effect, summary.stability, summary
    )


def group_titles(connector: Connector) -> dict[str, str]:
    """The title of every group of actions."""
    return {name: group.title for name, group in connector.spec.groups.items()}


def rows(
    found: Sequence[ListedEntry], titles: Mapping[str, str], summaries: Mapping[str, str], *, grouped: bool
) -> str:
    """The entries as HTML: a section a group, or one list in which each entry tells its group."""
    groups: dict[str, list[ListedEntry]] = {}
    for entry in found if grouped else ():
        groups.setdefault(entry.group, []).append(entry)
    return html(
        "service/workbench/catalogue/entries.html", found=found, groups=groups,
        summaries={name: summaries.get(name, "") for name in groups}, title_of=lambda name: _title(name, titles),
        effects=EFFECTS, stabilities=STABILITIES, say=say,
    )  # fmt: skip


def resources(counts: Mapping[str, int], titles: Mapping[str, str], chosen: str) -> str:
    """The groups to choose from as HTML: a button each, with how many of its entries the other filters leave.

    :param counts: by group, in the order of their listing.
    """
    total = sum(counts.values())
    groups = [
        ("", say("All resources"), total),
        *((name, _title(name, titles), count) for name, count in counts.items()),
    ]
    return html("service/workbench/catalogue/resources.html", groups=groups, chosen=chosen)


def _title(group: str, titles: Mapping[str, str]) -> str:
    return titles.get(group) or group.replace("_", " ").capitalize()
