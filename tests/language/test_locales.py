"""Texts of the specs in other languages: found, said, and asked for."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from segment_connector import InputError
from segment_connector.language.locale_coverage import covered, texts_of
from segment_connector.language.locale_records import read_locale_head
from segment_connector.language.locales import PLAIN, locale_of, locale_titles, negotiated
from segment_connector.language.localised_specs import localised
from segment_connector.language.program_words import program_words
from segment_connector.language.specs import Specs
from segment_connector.language.translated_records import translated
from segment_connector.language.trigger_files import Triggers

LIBRARY = Path(__file__).parents[1] / "checks" / "valid"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small connector with a language of its own, which is a folder and nothing else."""
    root = Path(shutil.copytree(LIBRARY, tmp_path_factory.mktemp("locales") / "library"))
    folder = root / "locales" / "eo"
    folder.mkdir(parents=True)
    (folder / "locale.yaml").write_text("name: eo\ntitle: Esperanto\n", encoding="utf-8")
    (folder / "loans.yaml").write_text(
        "texts:\n"
        "  - {from: List the loans of a branch, to: Listigi la pruntojn de filio}\n"
        "  - {from: Only what this person has borrowed., to: Nur tio kion ĉi tiu homo pruntis.}\n"
        "  - {from: Title, to: Titolo}\n",
        encoding="utf-8",
    )
    return root


def test_a_language_is_a_folder(root: Path) -> None:
    assert locale_titles(root) == {"en": "English", "eo": "Esperanto", "es": "Español"}
    action = localised(Specs(root), "eo").action("list_loans")
    assert action.title == "Listigi la pruntojn de filio"
    assert action.summary == "See which books of the branch are at home with readers."  # nobody translated it
    assert action.parameters["filter"]["properties"]["reader"]["description"] == "Nur tio kion ĉi tiu homo pruntis."


def test_what_machines_read_is_the_same_in_every_language() -> None:
    plain, spanish = Specs(), localised(Specs(), "es")
    for name in ("track", "batch", "update_source"):
        one, other = plain.action(name), spanish.action(name)
        assert one.title != other.title
        # Where every text is said alike, both are one.
        assert asdict(translated(one, lambda _: "...")) == asdict(translated(other, lambda _: "..."))


def test_specs_know_all_that_the_specs_themselves_know() -> None:
    plain, spanish = Specs(), localised(Specs(), "es")
    assert list(spanish.paths) == list(plain.paths)
    assert [one.name for one in spanish.summaries()] == [one.name for one in plain.summaries()]
    assert {one.title for one in spanish.summaries()} & {"Registrar un evento"}
    assert [one.name for one in spanish.presets.summaries()] == [one.name for one in plain.presets.summaries()]
    preset = next(iter(spanish.presets.paths))
    assert spanish.action(preset).beneath == plain.action(preset).beneath
    assert Triggers(spanish)["event_received"].title == "Evento recibido"
    assert spanish.connector.groups["sources"].title == "Fuentes"


def test_english_is_the_specs_themselves() -> None:
    specs = Specs()
    assert localised(specs, "en") is specs
    assert locale_of(specs.root, "en") is PLAIN


def test_specs_in_a_language_are_read_again_when_the_specs_are() -> None:
    specs = Specs()
    spanish = localised(specs, "es")
    before = spanish.action("track")
    assert spanish.action("track") is before
    spanish.forget()
    assert specs.edition == spanish.edition == 1
    assert spanish.action("track") is not before


def test_an_unknown_language_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match="there is no locale 'ess'") as caught:
        localised(Specs(), "ess")
    assert caught.value.problems[0].hint == "did you mean 'es'?"


def test_a_text_is_filled_in(root: Path) -> None:
    assert PLAIN("{count} of {total}", count=1, total=2) == "1 of 2"
    assert PLAIN("{literal} braces") == "{literal} braces"
    assert locale_of(root, "eo")("Title") == "Titolo"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("", "en"),
        ("es", "es"),
        ("es-MX,es;q=0.9,en;q=0.8", "es"),
        ("ES-mx", "es"),
        ("en-US,en;q=0.9,es;q=0.8", "en"),
        ("fr,es;q=0.5", "es"),
        ("fr;q=1, en;q=0.2, es;q=0.7", "es"),
        ("es;q=0", "en"),
        ("*", "en"),
        ("es;q=high, en", "en"),
        (";;;,,q=1,-", "en"),
        ("zh-Hant-TW", "zh-Hant"),
    ],
)
def test_the_language_that_is_asked_for_is_found(wanted: str, found: str) -> None:
    assert negotiated(wanted, {"en": "", "es": "", "zh-Hant": ""}) == found


def test_spanish_is_not_english() -> None:
    specs = Specs()
    head = read_locale_head(specs.root, "es")
    spanish = locale_of(specs.root, "es")
    left = [text for text in covered(specs, head.covers) if spanish(text) == text and text not in head.same]
    assert left == []


def test_words_of_the_program_are_found_in_python_and_in_pages() -> None:
    words = program_words()
    assert {"Reads only", "Catalogue", "Limits and quotas", "Find an action"} <= set(words)
    assert len(words) == len(set(words))


def test_texts_are_those_that_people_read() -> None:
    texts = texts_of(Specs().action("track"))
    assert {"Track an event", "Event name", "Name of the app.", "An order with its revenue"} <= texts.keys()
    assert not {"track", "Order Completed", "date-time", ""} & texts.keys()
