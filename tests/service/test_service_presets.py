"""The events that are called by their own names, as the service lists them."""

from __future__ import annotations

from collections.abc import Callable

from service_support import Running


def test_presets_are_found_and_called_over_http(service: Running) -> None:
    listed = service.get("/v1/presets").json()
    assert listed["total"] == len(listed["presets"]) == 87
    assert len(listed["families"]) == 8
    best = service.get("/v1/presets?search=somebody+bought+something").json()["presets"][0]
    assert (best["name"], best["action"]) == ("order_completed", "track")
    assert service.get(f"/v1/actions/{best['name']}").json()["preset_of"] == "track"


def test_a_family_is_held_to_those_that_there_are(service: Running) -> None:
    families = [one["name"] for one in service.get("/v1/presets").json()["families"]]
    found = service.get(f"/v1/presets?family={families[0]}").json()["presets"]
    assert {one["family"] for one in found} == {families[0]}
    wrong = service.get("/v1/presets?family=ecomerce")
    assert wrong.status_code == 400
    assert "did you mean 'ecommerce" in wrong.text


def test_a_fence_around_what_sends_them_is_around_them(serve: Callable[..., Running]) -> None:
    assert serve(groups=["sources"]).get("/v1/presets").json()["total"] == 0
