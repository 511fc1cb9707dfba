"""Find the presets that people ask for in words of their own, as ``search`` finds actions."""

from __future__ import annotations

from collections.abc import Iterable

from .connector_records import ConnectorSpec
from .preset_records import PresetSummary
from .search import Document, Ranking


def preset_ranking(summaries: Iterable[PresetSummary], spec: ConnectorSpec) -> Ranking[PresetSummary]:
    """The ranking of a connector's presets."""
    return Ranking([(one, preset_document(one, spec)) for one in summaries], spec.search.synonyms)


def preset_document(summary: PresetSummary, spec: ConnectorSpec) -> Document:
    """What is searched of a preset."""
    family = spec.presets.get(summary.family)
    said = (summary.summary, family.title if family else summary.family)
    return Document((summary.name, summary.title), summary.keywords, said)
