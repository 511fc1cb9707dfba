"""The HTTP API of triggers: what there is, subscriptions, their items, and the address that deliveries come to."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from starlette.routing import BaseRoute, Route

from ...errors import Problem
from ...hosts.worker_threads import WorkerThreads
from ...inbox.registration import Registration
from ...inbox.store import STATUSES
from ...language.trigger_records import Trigger
from ...triggers.setting_up import SetUpFailed
from ..backend import Backend
from ..connections import ENVIRONMENT
from ..subscription_request import MEMBERS
from ..trigger_service import TriggerService
from .delivery_route import DeliveryRoute
from .dropdown_answer import dropdown_answer
from .item_stream import ItemStream
from .negotiation import LOCALE, Languages
from .operation import Asked, Does, Operation, answer
from .problems import Answer, Refusal

_ONE = "/v1/triggers/{name}/subscriptions/{id}"
_PAGE, _MOST = 100, 1000


class TriggerApi:
    """The operations of triggers.

    :param triggers: what they work with.
    :param workers: the threads that they run in.
    :param languages: what people read, in each language.
    :ivar deliveries: the address that deliveries come to; ``stream`` the items as they come.
    """

    def __init__(
        self, backend: Backend, triggers: TriggerService, workers: WorkerThreads, languages: Languages
    ) -> None:
        self._backend = backend
        self._triggers = triggers
        self._workers = workers
        self._languages = languages
        self.deliveries = DeliveryRoute(triggers.receive, triggers.max_bytes, triggers.replied)
        self.stream = ItemStream(triggers)

    def routes(self) -> list[BaseRoute]:
        """The routes, the busiest first."""
        return [
            self.deliveries.route(),
            self._route(f"{_ONE}/items", {"GET": self._items}, query=("after", "limit", "status")),
            Route(f"{_ONE}/events", self.stream, methods=["GET"]),
            self._route(f"{_ONE}/replay", {"POST": self._replay}, takes=("status", "numbers")),
            self._route(f"{_ONE}/verify", {"POST": self._verify}, takes=("headers", "body", "body_base64")),
            self._route(f"{_ONE}/poll", {"POST": self._poll}),
            self._route(
                _ONE, {"GET": self._subscription, "PATCH": self._change, "DELETE": self._unsubscribe}, takes=("paused",)
            ),
            self._route(
                "/v1/triggers/{name}/subscriptions", {"GET": self._subscriptions, "POST": self._subscribe},
                takes=MEMBERS,
            ),
            self._route(
                "/v1/triggers/{name}/options/{parameter}", {"POST": self._options}, takes=("inputs", "connection"),
                query=("search", "cursor"),
            ),
            self._route("/v1/triggers/{name}", {"GET": self._trigger}, query=(LOCALE,)),
            self._route("/v1/triggers", {"GET": self._all}, query=(LOCALE,)),
        ]  # fmt: skip

    def _route(
        self, path: str, does: Mapping[str, Does], takes: tuple[str, ...] | None = None, query: tuple[str, ...] = ()
    ) -> Route:
        return Route(path, Operation(path, does, self._workers, self._backend.metrics, takes, query))

    def _all(self, asked: Asked) -> Answer:
        return self._languages.said(
            asked, lambda spoken: answer({"triggers": [_summary(one) for one in spoken.triggers.values()]})
        )

    def _trigger(self, asked: Asked) -> Answer:
        return self._languages.said(asked, lambda spoken: self._described(spoken.triggers.trigger(asked.path["name"])))

    def _described(self, trigger: Trigger) -> Answer:
        outputs = {
            name: {"type": one.type, "description": one.description, **({"schema": one.schema} if one.schema else {})}
            for name, one in trigger.outputs.items()
        }
        return answer(
            {
                **_summary(trigger),
                "description": trigger.description,
                "docs": trigger.docs,
                "input_schema": trigger.input_schema,
                "rules": [{"field": one.field, "message": one.message, "hint": one.hint} for one in trigger.rules],
                "outputs": outputs,
                "sample": self._triggers.runner.sample(trigger.name),
            }
        )

    def _options(self, asked: Asked) -> Answer:
        name, inputs = asked.path["name"], asked.body.get("inputs", {})
        if not isinstance(inputs, dict):
            raise Refusal(422, Problem("type", "must be an object", 'write "inputs": {...}', field="inputs"))
        connection = self._connection(asked.body)
        return dropdown_answer(
            asked, lambda **part: self._triggers.options(
                name, asked.path["parameter"], connection, inputs=inputs, **part
            ),
        )  # fmt: skip

    def _subscriptions(self, asked: Asked) -> Answer:
        name = self._triggers.runner.triggers.trigger(asked.path["name"]).name
        found = self._triggers.subscriptions(name)
        return answer({"subscriptions": [self._triggers.described(one) for one in found]})

    def _subscribe(self, asked: Asked) -> Answer:
        trigger = self._triggers.runner.triggers.trigger(asked.path["name"])
        connection = None if asked.body.get("manual") else self._connection(asked.body)
        try:
            made = self._triggers.subscribe(trigger.name, asked.body, connection)
        except SetUpFailed as failed:
            error = failed.result.error if failed.result is not None else None
            status = 502 if error is not None and error.retryable else 424
            left = None if failed.left is None else failed.left.kept
            raise Refusal(status, failed.problems[0], more={"left_behind": left}) from None
        told = {**self._triggers.described(made), **self._triggers.secrets(made)}
        return answer(told, 201, ((b"location", f"/v1/triggers/{made.trigger}/subscriptions/{made.id}".encode()),))

    def _connection(self, body: Mapping[str, Any]) -> str:
        named = body.get("connection", ENVIRONMENT)
        if "connection" not in body and ENVIRONMENT not in self._backend.connections.own:
            raise Refusal(
                422, Problem("required", "is required: the server has no connection of its environment",
                             'name one of GET /v1/connections, for example "sandbox"', field="connection")
            )  # fmt: skip
        if not isinstance(named, str):
            raise Refusal(
                422, Problem("type", "must be the name of a connection: a subscription outlives its request",
                             "GET /v1/connections lists the names", field="connection")
            )  # fmt: skip
        return named

    def _subscription(self, asked: Asked) -> Answer:
        return answer(self._triggers.described(self._found(asked)))

    def _change(self, asked: Asked) -> Answer:
        paused = asked.body.get("paused")
        if not isinstance(paused, bool):
            raise Refusal(422, Problem("type", "must be true or false", 'write {"paused": true}', field="paused"))
        return answer(self._triggers.described(self._triggers.pause(self._found(asked), paused=paused)))

    def _unsubscribe(self, asked: Asked) -> Answer:
        self._triggers.host.unregister(self._found(asked).id)
        return Answer(204, b"")

    def _items(self, asked: Asked) -> Answer:
        after = _number(asked.query, "after", 0, 2**53)
        limit = _number(asked.query, "limit", _PAGE, _MOST)
        found = self._found(asked)
        entries = self._triggers.store.entries(found.id, after, limit, _status(asked.query.get("status"), None))
        following = entries[-1].number if entries else after
        return answer({"items": [one.to_dict() for one in entries], "next": following, "more": len(entries) == limit})

    def _replay(self, asked: Asked) -> Answer:
        numbers = asked.body.get("numbers")
        if numbers is not None and not (isinstance(numbers, list) and all(type(one) is int for one in numbers)):
            raise Refusal(422, Problem("type", "must be a list of numbers", "leave it out for all", field="numbers"))
        status = _status(asked.body.get("status"), "dead")
        return answer({"replayed": self._triggers.replay(self._found(asked), status, numbers)})

    def _verify(self, asked: Asked) -> Answer:
        headers, text, coded = (asked.body.get(name) for name in ("headers", "body", "body_base64"))
        if not isinstance(headers, dict) or not all(isinstance(one, str) for one in headers.values()):
            raise Refusal(422, Problem("type", "must be an object of texts", "paste the headers", field="headers"))
        if (text is None) is (coded is None) or not isinstance(text if coded is None else coded, str):
            raise Refusal(422, Problem("type", "give one of body and body_base64", "paste the body", field="body"))
        try:
            raw = str(text).encode() if coded is None else base64.b64decode(str(coded), validate=True)
        except (binascii.Error, ValueError):
            problem = Problem("base64", "is not base64", "give it as 'body' where it is text", field="body_base64")
            raise Refusal(422, problem) from None
        return answer(self._triggers.verify(self._found(asked), headers, raw).to_dict())

    def _poll(self, asked: Asked) -> Answer:
        report = self._triggers.poll_now(self._found(asked))
        if report.problem is not None:
            raise Refusal(502, report.problem)
        added = report.added
        return answer({"new": added.new if added else 0, "known": added.known if added else 0, "first": report.first})

    def _found(self, asked: Asked) -> Registration:
        return self._triggers.subscription(asked.path["name"], asked.path["id"])


def _summary(trigger: Trigger) -> dict[str, Any]:
    names = ("name", "group", "title", "summary", "kind", "needs", "stability", "keywords")
    return {name: getattr(trigger, name) for name in names}


def _status(given: Any, usual: str | None) -> Any:
    if given is None:
        return usual
    if given not in STATUSES:
        raise Refusal(422, Problem("enum", f"must be one of {', '.join(STATUSES)}", "fix it", field="status"))
    return given


def _number(query: Mapping[str, str], name: str, usual: int, most: int) -> int:
    text = query.get(name)
    if text is None:
        return usual
    if not (text.isascii() and text.isdecimal() and int(text) <= most):
        problem = Problem("query", f"must be a whole number up to {most:,}", "fix it, or leave it out", field=name)
        raise Refusal(400, problem)
    return int(text)
