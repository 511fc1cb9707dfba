"""Investigations over HTTP: what several reading actions tell together, within the fence of the service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from service_support import Running


def investigate(service: Running, name: str, **inputs: Any) -> Any:
    return service.post(f"/v1/investigations/{name}", {"inputs": inputs, "connection": "sandbox"})


def test_a_trace_is_answered_as_json(service: Running) -> None:
    answer = investigate(service, "trace", event="Order Completed", source="website", payload={"userId": "u-1"})
    assert answer.status_code == 200
    found = answer.json()
    assert found["requests"] < 40
    assert {one["name"]: one["state"] for one in found["branches"]} == {
        "Amplitude production": "open", "Order webhook": "shut",
    }  # fmt: skip


def test_what_is_wrong_is_a_problem_with_its_place(service: Running) -> None:
    assert investigate(service, "trase").status_code == 404
    assert "did you mean 'trace'" in investigate(service, "trase").text
    wrong = investigate(service, "trace", event="Order Completed", source="websit")
    assert wrong.status_code == 422
    assert "no source is called 'websit'" in wrong.text
    assert investigate(service, "trace", evnt="Order Completed").status_code == 422


def test_the_document_describes_it(service: Running) -> None:
    document = service.get("/openapi.json").json()
    described = document["paths"]["/v1/investigations/{name}"]["post"]
    assert described["parameters"][0]["schema"]["enum"] == ["arrived", "audit", "trace"]


def test_what_the_service_may_not_call_is_told_as_not_known(serve: Callable[..., Running]) -> None:
    fenced = serve(groups=["sources", "tracking_plans", "transformations"])
    found = investigate(fenced, "trace", event="Order Completed", source="website", payload={"userId": "u-1"}).json()
    (amplitude,) = [one for one in found["branches"] if one["name"] == "Amplitude production"]
    assert amplitude["state"] == "unknown"
    assert any("cannot tell" in one["why"] for one in amplitude["findings"])
