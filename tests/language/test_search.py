"""Actions are found by the words that people use: one ranking for every door."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from segment_connector import Connector
from segment_connector.call.policy import Policy
from segment_connector.cli import main
from segment_connector.hosts.agent_tools.finders import Finders
from segment_connector.hosts.agent_tools.offer import Offer
from segment_connector.language import yaml_reader
from segment_connector.language.action_records import Summary
from segment_connector.language.search import Document, Ranking, ranking_of, stem
from segment_connector.language.specs import Specs
from segment_connector.service.http.discovery import Catalogue
from segment_connector.service.workbench.catalogue import listing

pytestmark = pytest.mark.unmeasured

QUESTIONS: dict[str, dict[str, str]] = yaml_reader.read(Path(__file__).parents[1] / "data" / "questions.yaml")


@pytest.fixture(scope="module")
def every(specs: Specs) -> Ranking[Summary]:
    return ranking_of(specs.summaries(), specs.connector)


def test_there_are_enough_questions_and_their_actions_exist(specs: Specs) -> None:
    assert sum(map(len, QUESTIONS.values())) >= 120
    assert len(QUESTIONS["first"]) >= 60
    assert {action for asked in QUESTIONS.values() for action in asked.values()} <= specs.paths.keys()


@pytest.mark.parametrize("which", QUESTIONS)
def test_everyday_words_find_the_action_that_is_meant(every: Ranking[Summary], which: str) -> None:
    asked = QUESTIONS[which]
    found = {question: [one.name for one in every.find(question)[:3]] for question in asked}
    others = {question: names for question, names in found.items() if names[:1] != [asked[question]]}
    missed = {question: names for question, names in others.items() if asked[question] not in names}
    assert len(others) <= 0.15 * len(asked), others
    assert len(missed) <= 0.05 * len(asked), missed


def test_an_action_is_found_first_by_its_name_and_title_and_soon_by_its_keywords(every: Ranking[Summary]) -> None:
    for one in every.entries:
        assert one.keywords
        for name in (one.name, one.name.replace("_", " "), one.title.upper()):
            assert every.find(name)[0].name == one.name, name
        for keyword in one.keywords:
            assert one.name in [found.name for found in every.find(keyword)[:5]], (one.name, keyword)


@pytest.mark.parametrize(
    "question", ["purchase", "send event", "gdpr", "trakc", "record a sale", "USER company team", "warehouse", ""]
)
def test_every_door_finds_the_same_in_the_same_order(specs: Specs, every: Ranking[Summary], question: str) -> None:
    connector = Connector(specs)
    names = [one.name for one in every.find(question)]
    said = CliRunner().invoke(main, ["list", "--json", "--search", question])
    assert [one["name"] for one in json.loads(said.output)] == names
    found = Catalogue(connector, Policy(specs)).actions(question)["actions"]
    assert [one["name"] for one in found] == names
    shown = listing.Filter(question)(listing.ranking(connector, listing.entries(connector)))
    assert [one.name for one in shown] == names
    offer = Offer(specs, allow=["read", "write", "delete"], tools=specs.connector.agents.only_by_name)
    agents = Finders(offer).find({"query": question, "limit": 50})
    assert [one["name"] for one in agents["actions"]] == names[:50]
    assert agents["total"] == len(names)


def test_filters_hold_while_the_words_rank(specs: Specs, every: Ranking[Summary]) -> None:
    found = every.find("remove somebody", lambda one: one.effect == "delete" and one.group == "iam_users")
    assert {(one.effect, one.group) for one in found} == {("delete", "iam_users")}
    assert every.find("", lambda one: one.name == "track") == [one for one in every.entries if one.name == "track"]


@pytest.mark.parametrize("question", ["no such words", "xyzzy", "!?", "the", "日本", "x" * 5000, "\x00"])
def test_what_means_nothing_finds_nothing_or_all(every: Ranking[Summary], question: str) -> None:
    assert len(every.find(question)) in (0, len(every.entries))


def of(*names: str, synonyms: tuple[list[str], ...] = ()) -> Ranking[str]:
    return Ranking([(name, Document((name,), (), ())) for name in names], synonyms)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("borrow a book", ["Borrow a book"]),
        ("books", ["Borrow a book", "Return a book"]),
        ("borow", ["Borrow a book"]),
        ("reutrn", ["Return a book"]),
        ("borr", ["Borrow a book"]),
        ("lend", ["Borrow a book"]),
        ("signup", ["Sign up a reader"]),
        ("borrow nothing at midnight", ["Borrow a book"]),
        ("horrow", []),
    ],
)
def test_words_count_by_what_they_mean(question: str, found: list[str]) -> None:
    names = ("Return a book", "Borrow a book", "Sign up a reader")
    assert sorted(of(*names, synonyms=(["borrow", "lend"],)).find(question)) == sorted(found)


def test_what_is_used_most_stands_first_where_several_fit() -> None:
    ranking = Ranking([("rare", Document(("Send it",), (), ())), ("common", Document(("Send it",), (), (), 1.0))])
    assert ranking.find("send") == ["common", "rare"]


@pytest.mark.parametrize(
    "words",
    [
        ("delete", "deletes", "deleted", "deleting", "deletion"), ("company", "companies"), ("run", "running", "runs"),
        ("add", "added", "adding"), ("class", "classes"), ("copy", "copied"), ("purchase", "purchases", "purchased"),
    ],
)  # fmt: skip
def test_an_ending_does_not_part_words(words: tuple[str, ...]) -> None:
    assert len({stem(word) for word in words}) == 1


@pytest.mark.parametrize("words", [("access", "acces"), ("status", "statu"), ("custom", "customer")])
def test_words_that_only_look_alike_are_not_one(words: tuple[str, str]) -> None:
    assert stem(words[0]) != stem(words[1])
