"""Find triggers in words of one's own, by the ranking that finds actions."""

from __future__ import annotations

from .search import Document, Ranking
from .trigger_files import Triggers
from .trigger_records import Trigger


def trigger_ranking(triggers: Triggers) -> Ranking[Trigger]:
    """The ranking of all triggers of a spec root; it reads their files."""
    spec = triggers.specs.connector
    groups = {name: group.title for name, group in spec.groups.items()}
    documents = [
        (one, Document((one.name, one.title), one.keywords, (one.summary, groups.get(one.group, one.group))))
        for one in triggers.values()
    ]
    return Ranking(documents, spec.search.synonyms)
