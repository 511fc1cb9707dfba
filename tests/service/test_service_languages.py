"""In which language the service says what people read: ``?locale=``, ``Accept-Language``, else English."""

from __future__ import annotations

import pytest
from service_support import EVENT, Running

from segment_connector import Connector
from segment_connector.language.localised_specs import localised

SPANISH = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}
READ = [
    "/v1/actions", "/v1/actions/track", "/v1/presets", "/v1/catalog", "/v1/catalog/naios", "/v1/triggers",
    "/v1/triggers/event_received", "/openapi.json",
]  # fmt: skip


@pytest.mark.parametrize("path", READ)
def test_what_people_read_is_in_the_language_that_is_asked_for(service: Running, path: str) -> None:
    plain, by_header = service.get(path), service.get(path, headers=SPANISH)
    by_query = service.get(f"{path}?locale=es")
    assert [one.headers["Content-Language"] for one in (plain, by_header, by_query)] == ["en", "es", "es"]
    assert all(one.headers["Vary"] == "Accept-Language" for one in (plain, by_header, by_query))
    assert by_header.content == by_query.content
    if path != "/v1/presets":  # nobody translated those yet
        assert by_header.json() != plain.json()


def test_the_query_has_the_last_word(service: Running) -> None:
    assert service.get("/v1/actions?locale=en", headers=SPANISH).headers["Content-Language"] == "en"


def test_an_unknown_language_is_refused_in_a_query_and_passed_over_in_a_header(service: Running) -> None:
    refused = service.get("/v1/catalog/naios?locale=ess")
    assert refused.status_code == 400
    assert refused.json()["message"] == "there is no locale 'ess'"
    assert refused.json()["hint"] == "did you mean 'es'?"
    assert service.get("/v1/actions", headers={"Accept-Language": "xx"}).headers["Content-Language"] == "en"


def test_a_listing_is_what_the_command_line_prints(service: Running) -> None:
    spanish = Connector(localised(service.backend.connector.specs, "es"))
    assert service.get("/v1/catalog/aacflow?locale=es").json() == spanish.catalog("aacflow").listing()


def test_titles_are_found_by_words_of_the_language(service: Running) -> None:
    found = service.get("/v1/actions?locale=es&search=eliminar%20fuente").json()["actions"]
    assert found[0]["name"] == "delete_source"
    assert found[0]["title"] == "Eliminar una fuente"


def test_the_document_says_its_operations_in_the_language(service: Running) -> None:
    document = service.get("/openapi.json", headers=SPANISH).json()
    assert document["paths"]["/v1/actions/track/run"]["post"]["summary"] == "Registrar un evento"
    locale = next(one for one in document["paths"]["/v1/actions"]["get"]["parameters"] if one["name"] == "locale")
    assert locale["schema"]["enum"] == ["en", "es"]


def test_a_call_and_its_errors_are_the_same_in_every_language(service: Running) -> None:
    answer = service.post(
        "/v1/actions/track/run", {"inputs": {**EVENT, "event": 3}, "connection": "sandbox"}, headers=SPANISH
    )
    assert answer.status_code == 422
    assert answer.json()["message"] == "must be text, not a whole number 3"
    assert "Content-Language" not in answer.headers
