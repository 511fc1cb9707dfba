"""Files as people have them become the events that they must become, nearly all of them by the suggestion alone."""

from __future__ import annotations

import pytest
from file_cases import FILES, FileCase, cases, is_right, outcome, suggested

from segment_connector import Connector

CONNECTOR = Connector.load()
CASES = cases()
SMALLEST, ALONE = 60, 45


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_file_becomes_its_events(case: FileCase) -> None:
    mapping = case.mapping or suggested(CONNECTOR, case)
    events, rejects = outcome(CONNECTOR, case, mapping)
    assert events == case.events
    assert rejects == case.rejects


def test_every_file_of_the_corpus_has_what_it_must_become() -> None:
    sides = {side.with_suffix("").name for side in FILES.glob("*.yaml")}
    assert {path.name for path in FILES.iterdir() if path.suffix != ".yaml"} == sides
    assert len(CASES) >= SMALLEST


def test_what_only_a_person_can_tell_is_not_guessed_right_by_chance() -> None:
    by_hand = [case for case in CASES if case.mapping is not None]
    assert len(CASES) - len(by_hand) >= ALONE
    assert [case.name for case in by_hand if is_right(CONNECTOR, case, suggested(CONNECTOR, case))] == []
