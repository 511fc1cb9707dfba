"""The HTTP API: what each path does. An operation is a function from a request to an answer; it may wait."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from starlette.routing import BaseRoute, Route

from ...call.policy import question_of
from ...connector import Connector
from ...errors import Problem, known_names
from ...hosts.worker_threads import WorkerThreads
from ...language.investigation_records import investigation_paths
from ...result import CallFailed, Result
from ...values.paths import put
from ..backend import Backend, Given
from ..connections import ENVIRONMENT
from ..idempotency import LONGEST_KEY
from ..settings import Settings
from .dropdown_answer import dropdown_answer, json_of_query
from .negotiation import LOCALE, Languages
from .openapi import Part
from .operation import Asked, Does, Operation, answer
from .problems import Answer, Refusal, of_result

_CALL = ("inputs", "connection")
_CONFIRM = "confirm"
_NEVER = -1  # a version that no connection has
_KEY = re.compile(rb"[!-~]{1,%d}" % LONGEST_KEY)


class HttpApi:
    """The operations of one service.

    :param backend: what they work with.
    :param workers: the threads that they run in.
    :ivar languages: what people read, in each language; ``document`` is the OpenAPI document in English.
    """

    def __init__(self, backend: Backend, settings: Settings, workers: WorkerThreads) -> None:
        self._backend = backend
        self._settings = settings
        self._workers = workers
        self._connector: Connector = backend.connector
        self.languages = Languages(backend, settings)
        self.document = self.languages.english.document

    def routes(self) -> list[BaseRoute]:
        """The routes, the busiest first."""
        return [
            self._route("/v1/actions/{name}/run", {"POST": self._run}, takes=(*_CALL, _CONFIRM)),
            self._route("/v1/actions/{name}/preview", {"POST": self._preview}, takes=_CALL),
            self._route(
                "/v1/actions/{name}/options/{parameter}", {"GET": self._options, "POST": self._options},
                takes=_CALL, query=("search", "cursor", "connection", "inputs", "inputs.*"),
            ),
            self._route("/v1/investigations/{name}", {"POST": self._investigate}, takes=_CALL),
            self._route("/v1/actions/{name}", {"GET": self._action}, query=(LOCALE,)),
            self._route("/v1/actions", {"GET": self._actions}, query=("search", "group", "effect", LOCALE)),
            self._route("/v1/presets", {"GET": self._presets}, query=("search", "family", LOCALE)),
            self._route("/v1/catalog/{platform}", {"GET": self._listing}, query=(LOCALE,)),
            self._route("/v1/catalog", {"GET": self._platforms}, query=(LOCALE,)),
            self._route("/v1/connections/test", {"POST": self._test}, takes=("connection",)),
            self._route("/v1/connections", {"GET": self._connections}),
            self._route(
                "/v1/connections/{name}",
                {"GET": self._connection, "PUT": self._put_connection, "DELETE": self._remove_connection},
                takes=("connection", "keep"),
            ),
            self._route("/healthz", {"GET": lambda _: answer({"status": "ok"})}, at_once=True),
            self._route("/metrics", {"GET": self._metrics}, at_once=True),
            self._route(
                "/openapi.json", {"GET": self._document}, query=("group", "platform", "openapi", "webhooks", LOCALE)
            ),
        ]  # fmt: skip

    def _route(
        self, path: str, does: Mapping[str, Does], takes: tuple[str, ...] | None = None, query: tuple[str, ...] = (),
        *, at_once: bool = False,
    ) -> Route:  # fmt: skip
        return Route(path, Operation(path, does, self._workers, self._backend.metrics, takes, query, at_once=at_once))

    def _run(self, asked: Asked) -> Answer:
        name = asked.path["name"]
        inputs, connection = self._call(name, asked)
        self._consent(name, asked.body.get(_CONFIRM, False))
        given = _key(asked)
        # A call that is not answered in time may have been sent; with the key that it had, it can be repeated safely.
        key = given or str(uuid.uuid4())
        asked.told["idempotency_key"] = key
        if given is None:
            asked.on_answer = lambda: self._backend.forget(key)
        result, again = self._backend.call(
            name, inputs, connection, idempotency_key=key, remember=given is not None, on_wait=asked.on_wait
        )
        found = answer(_told(result)) if result.ok else of_result(result)
        return replace(found, headers=(*found.headers, (b"idempotency-replayed", b"true"))) if again else found

    def _preview(self, asked: Asked) -> Answer:
        name = asked.path["name"]
        inputs, connection = self._call(name, asked)
        request = self._backend.preview(name, inputs, connection)
        warnings = [{"field": one.field, "message": one.message, "hint": one.hint} for one in request.warnings]
        scheme = self._connector.caller.schemes[request.scheme] if request.scheme else None
        shown = request.to_dict(scheme.shown() if scheme else None)
        return answer({"request": shown, "sent_as": request.sent_as, "warnings": warnings})

    def _investigate(self, asked: Asked) -> Answer:
        name = asked.path["name"]
        known = investigation_paths(self._connector.specs.root)
        if name not in known:
            message = f"there is no investigation '{name[:80]}'"
            raise Refusal(404, Problem("unknown_investigation", message, known_names(name, known), field="name"))
        inputs, connection = self._members(asked.body)
        try:
            return answer(self._backend.investigate(name, inputs, connection).to_dict())
        except CallFailed as error:
            return of_result(error.result)

    def _options(self, asked: Asked) -> Answer:
        given: dict[str, Any] = dict(asked.body)
        for name in ("connection", "inputs"):
            if (text := asked.query.get(name)) is not None:
                given[name] = text if name == "connection" else json_of_query(name, text)
        for name, text in asked.query.items():
            if name.startswith("inputs."):
                given = put(given, name, text)
        inputs, connection = self._members(given)
        name, parameter = asked.path["name"], asked.path["parameter"]
        return dropdown_answer(
            asked, lambda **part: self._backend.options(
                name, parameter, connection, inputs=inputs, on_wait=asked.on_wait, **part
            ),
        )  # fmt: skip

    def _action(self, asked: Asked) -> Answer:
        return self.languages.said(asked, lambda spoken: Answer(200, spoken.catalogue.action(asked.path["name"])))

    def _actions(self, asked: Asked) -> Answer:
        query = asked.query
        search, group, effect = query.get("search", ""), query.get("group"), query.get("effect")
        return self.languages.said(asked, lambda spoken: answer(spoken.catalogue.actions(search, group, effect)))

    def _presets(self, asked: Asked) -> Answer:
        search, family = asked.query.get("search", ""), asked.query.get("family")
        return self.languages.said(asked, lambda spoken: answer(spoken.catalogue.presets(search, family)))

    def _listing(self, asked: Asked) -> Answer:
        return self.languages.said(asked, lambda spoken: Answer(200, spoken.catalogue.listing(asked.path["platform"])))

    def _platforms(self, asked: Asked) -> Answer:
        return self.languages.said(asked, lambda spoken: Answer(200, spoken.catalogue.platforms()))

    def _test(self, asked: Asked) -> Answer:
        _, connection = self._members(asked.body)
        return answer(self._backend.test(connection).to_dict())

    def _connections(self, _: Asked) -> Answer:
        store = self._backend.connections
        return answer({"connections": [store.describe(name) for name in store.names()]})

    def _connection(self, asked: Asked) -> Answer:
        return self._described(asked.path["name"], 200)

    def _put_connection(self, asked: Asked) -> Answer:
        self._backend.connections.check_changeable()
        name, values, keep = asked.path["name"], asked.body.get("connection"), asked.body.get("keep", True)
        if not isinstance(values, dict) or not isinstance(keep, bool):
            wrong = "keep" if isinstance(values, dict) else "connection"
            raise Refusal(
                422, Problem("type", "must be an object" if wrong == "connection" else "must be true or false",
                             'write {"connection": {...}, "keep": true}', field=wrong)
            )  # fmt: skip
        version = _version(asked.headers)
        self._backend.connections.put(name, values, version=version, keep=keep)
        return self._described(name, 201 if version is None else 200)

    def _remove_connection(self, asked: Asked) -> Answer:
        self._backend.connections.check_changeable()
        name, version = asked.path["name"], _version(asked.headers)
        self._backend.connections.remove(name, version=version)
        return Answer(204, b"")

    def _metrics(self, _: Asked) -> Answer:
        metrics = self._backend.metrics
        return Answer(200, metrics.text(), metrics.content_type.encode())

    def _document(self, asked: Asked) -> Answer:
        host = asked.headers[b"host"].decode("ascii")  # the guard has let it pass
        part = Part(**{name: value for name, value in asked.query.items() if name != LOCALE})
        address = f"{asked.scheme}://{host}"
        return self.languages.said(asked, lambda spoken: Answer(200, spoken.document.text(part, address)))

    def _described(self, name: str, status: int) -> Answer:
        described = self._backend.connections.describe(name)
        etag = ((b"etag", b'"%d"' % described["version"]),) if described["editable"] else ()
        return answer(described, status, etag)

    def _call(self, name: str, asked: Asked) -> tuple[dict[str, Any], Given]:
        self._backend.policy.action(name)  # of all that may be wrong, this is told first
        return self._members(asked.body)

    def _consent(self, name: str, said: Any) -> None:
        """Go on only where the caller has said yes to what the action asks first."""
        question = question_of(self._connector.specs.action(name))
        if not isinstance(said, bool):
            raise Refusal(422, Problem("type", "must be true or false", f'write "{_CONFIRM}": true', field=_CONFIRM))
        if question is not None and not said:
            raise Refusal(
                422, Problem(_CONFIRM, f"'{name}' asks first: {question}",
                             f'add "{_CONFIRM}": true to the body to say yes', field=_CONFIRM)
            )  # fmt: skip

    def _members(self, body: Mapping[str, Any]) -> tuple[dict[str, Any], Given]:
        """The inputs and the connection of a body."""
        inputs = body.get("inputs", {})
        if not isinstance(inputs, dict):
            raise Refusal(422, Problem("type", "must be an object", 'write "inputs": {...}', field="inputs"))
        connection = body.get("connection", ENVIRONMENT)
        if "connection" not in body and ENVIRONMENT not in self._backend.connections.own:
            raise Refusal(
                422, Problem("required", "is required: the server has no connection of its environment",
                             'name one of GET /v1/connections, for example "sandbox", or give one', field="connection")
            )  # fmt: skip
        if not isinstance(connection, (str, dict)) or (isinstance(connection, dict) and not self._settings.inline):
            both = self._settings.inline
            raise Refusal(
                422, Problem("type", "must be the name of a connection" + (", or an object" if both else ""),
                             "GET /v1/connections lists the names", field="connection")
            )  # fmt: skip
        return inputs, connection


def _told(result: Result) -> dict[str, Any]:
    """A result in the envelope of the connector's own catalogue, which leaves out what the path says."""
    members = result.to_dict()
    del members["action"]
    return members


def _key(asked: Asked) -> str | None:
    key = asked.headers.get(b"idempotency-key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Refusal(
            400, Problem("idempotency_key", f"must have 1 to {LONGEST_KEY} letters, digits and signs, without spaces",
                         "take a UUID", field="Idempotency-Key")
        )  # fmt: skip
    return key.decode("ascii")


def _version(headers: Mapping[bytes, bytes]) -> int | None:
    """The version that a change is for, by ``If-Match``; ``None`` for a new connection, by ``If-None-Match: *``."""
    match, none = headers.get(b"if-match"), headers.get(b"if-none-match")
    if match is None and none is None:
        raise Refusal(
            428, Problem("version_required", "say which version you change, so that nobody else's change is lost",
                         "send If-Match with the ETag that you read, or If-None-Match: * for a new one",
                         field="If-Match")
        )  # fmt: skip
    found = re.fullmatch(rb'"?(\d{1,15})"?', match or b"")
    if (match is not None and found is None) or none not in (None, b"*"):
        raise Refusal(
            400, Problem("version", "cannot be read", 'write If-Match: "3" or If-None-Match: *', field="If-Match")
        )  # fmt: skip
    if found is not None and none is not None:
        return _NEVER  # at a version and not there: it cannot be both
    return None if found is None else int(found[1])
