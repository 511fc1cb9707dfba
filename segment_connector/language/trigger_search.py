"""Find triggers in words of one's own, by the ranking that finds actions."""

from __future__ import annotations

from collections.abc import Mapping

from .search import Document, Ranking
from .trigger_files import Triggers
from .trigger_records import Trigger


def trigger_ranking(triggers: Triggers) -> Ranking[Trigger]:
    """The ranking of all triggers of a spec root; it reads their files."""
    spec = triggers.specs.connector
    groups = {name: group.title for name, group in spec.groups.items()}
    return Ranking([(one, trigger_document(one, groups)) for one in triggers.values()], spec.search.synonyms)


def trigger_document(trigger: Trigger, groups: Mapping[str, str]) -> Document:
    """What is searched of a trigger.

    :param groups: the title of every group by its name.
    """
    said = (trigger.summary, groups.get(trigger.group, trigger.group))
    return Document((trigger.name, trigger.title), trigger.keywords, said)
