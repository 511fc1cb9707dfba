"""From request and answer to a result, without I/O: what a status means is data, what the network does is told here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from ..errors import InputError, SpecError
from ..http.attempts import Attempts
from ..http.retry import RetryBudget
from ..http.transport import NoAnswer, Response, host_of
from ..language.action_records import Action, ErrorCase
from ..language.connector_records import AnswerRules, Api
from ..redact import redact, redact_text
from ..result import Delivery, Failure, Meta, Result
from ..templates.compiler import Compiler, Template, left_out
from ..values.json_values import decode
from .compiled_action import CompiledAction
from .request import Request

ANSWER_NAMES = ("response",)
"""What templates that read an answer may name."""

_MESSAGE = 500
_START = 200

NETWORK = {
    "timeout": (
        "timeout", "no answer from {host} in time", "try again; if it keeps failing, check the network and the proxy",
    ),
    "connection": (
        "connection_failed", "the connection to {host} failed: {reason}",
        "check the network, the proxy and the server's address",
    ),
    "tls": (
        "tls_failed", "no secure connection to {host}: {reason}",
        "check the server's address; behind a company proxy, point REQUESTS_CA_BUNDLE to its certificate",
    ),
    "proxy": ("proxy_failed", "the proxy for {host} failed: {reason}", "check HTTPS_PROXY and NO_PROXY"),
    "broken_answer": (
        "broken_answer", "the answer of {host} could not be read: {reason}",
        "try again; if it keeps failing, check what answers there: the service or a proxy in between",
    ),
    "answer_too_large": (
        "answer_too_large", "the answer of {host} is too large: {reason}", "ask for less, for example fewer per page",
    ),
}  # fmt: skip
_NO_ANSWER = ErrorCase(
    code="unexpected_status", hint="no service answers like this: check the server's address and what answers there"
)
UNNAMED = {
    "304": ErrorCase(
        code="not_modified",
        hint="it came from a cache, which must not answer this request: check the proxy in between",
    ),
    "default_3xx": ErrorCase(code="redirected", hint="check the server's address; redirects are not followed"),
    "default_4xx": ErrorCase(code="refused", hint="see the message and the action's documentation"),
    "default_5xx": ErrorCase(code="server_error", hint="try again later"),
    "default_1xx": _NO_ANSWER,
    "600 to 999": _NO_ANSWER,
}
_NOT_JSON = "the address or a proxy in between is wrong, or the service is down: check what answers there"


def outcome(
    compiled: CompiledAction, answers: CompiledAnswer, api: Api, request: Request, done: Attempts, budget: RetryBudget
) -> Result:
    """The result of one request.

    :param request: what was sent.
    :param done: what came of it.
    :param budget: knows which statuses may turn into a success.
    """
    meta = Meta(
        None, done.attempts, done.waited, None, request.message_ids, request.region, done.sent_bytes,
        "unknown", request.warnings, server=request.server,
    )  # fmt: skip
    answer = done.answer
    if answer is None:
        assert done.failure is not None
        meta.delivery = done.delivery
        return _failed(request, network_failure(done.failure, request.url), meta)
    meta.status = answer.status
    request_id = next((value for name in api.answer.request_id if (value := answer.headers.get(name))), None)
    meta.request_id = request_id and redact_text(request_id, request.secrets)
    meta.rate_limit = _rate_limit(answer, request)
    good = 200 <= answer.status < 300
    body, readable = _body(answer)
    response = {"status": answer.status, "body": body, "headers": {}}
    if good and not readable and (answer.body or api.answer.empty == "refused") and not _is_yes(answer, api):
        what = "nothing" if not answer.body else "no JSON"
        return _failed(
            request,
            Failure("unexpected_answer", f"{host_of(request.url)} answered {answer.status} with {what}", _NOT_JSON,
                    status=answer.status, details=_start(answer, request)),
            meta,
        )  # fmt: skip
    if not good or answers.refuses(body):
        meta.delivery = done.delivery
        return _failed(request, _refusal(compiled.action, answers, api, request, answer, response, budget), meta)
    meta.delivery = "accepted"
    if compiled.action.split is not None:  # the whole call's outputs are made when all its parts are done
        return Result(True, request.action, {}, None, meta)
    if compiled.needs_headers:
        response["headers"] = {name.lower(): value for name, value in answer.headers.items()}
    return with_outputs(compiled, {"input": request.inputs, "response": response}, None, meta)


def with_outputs(compiled: CompiledAction, names: Mapping[str, Any], failure: Failure | None, meta: Meta) -> Result:
    """The result with the outputs that an answer makes; what was accepted stays so when it makes none.

    :param names: what the outputs' templates may name.
    :param failure: why the call did not succeed, if it did not.
    """
    name = compiled.action.name
    try:
        outputs = compiled.outputs.evaluate(names)
    except (InputError, SpecError) as error:
        problem = error.problems[0]
        message = f"the answer does not fit the action's outputs: {problem.message}"
        hint = "the call itself was accepted: do not repeat it, but fix the outputs in the action's file"
        odd = failure or Failure("unexpected_answer", message, hint, status=meta.status)
        return Result(False, name, {}, odd, meta)
    return Result(failure is None, name, outputs, failure, meta)


def network_failure(failure: NoAnswer, url: str) -> Failure:
    """What a failure of the network means to a person.

    :param url: where the request was sent, or what to call its receiver.
    """
    code, message, hint = NETWORK[failure.kind]
    text = message.format(host=host_of(url) or url, reason=failure.reason)
    return Failure(code, text, hint, retryable=not failure.lasting)


def error_case(status: int, action: Action | None, api: Api) -> ErrorCase:
    """What a status means: the action's own word for it, else the API's, else a general one."""
    names = (str(status), f"default_{status // 100}xx")
    for name in names:
        for errors in (action.errors if action else {}, api.errors):
            if name in errors:
                return errors[name]
    if 200 <= status < 300:  # a good status above a body that says no
        return UNNAMED["default_4xx"]
    return next((UNNAMED[name] for name in names if name in UNNAMED), _NO_ANSWER)


def repeatable(failure: Failure, delivery: Delivery, action: Action, beside: Iterable[Action]) -> Failure:
    """The failure with the verdict whether the call may be repeated, the same for every door.

    What may have been done although no answer said so, and would be done twice by a repeat (RFC 9110, 9.2.2), is not to
    be repeated before somebody has looked.

    :param delivery: what is known of the arrival.
    :param beside: the actions among which the one is that lists what this one makes.
    """
    if delivery != "unknown" or action.idempotent:
        return failure
    lists = next((one.name for one in beside if _lists(one, action)), None)
    what = f"it may have been created: check with {lists}" if lists else "it may have been done: check what is there"
    hint = f"{what} before you repeat the call"
    if failure.hint and not failure.retryable:
        hint = f"{hint}; {failure.hint}"
    return replace(failure, hint=hint, retryable=False, retry_after=None)


def _lists(one: Action, action: Action) -> bool:
    """Whether an action reads the collection that another one adds to: the same path, by GET and POST."""
    return (one.api, one.endpoint.method, one.endpoint.path, action.endpoint.method) == (
        action.api, "GET", action.endpoint.path, "POST",
    )  # fmt: skip


def _refusal(
    action: Action, answers: CompiledAnswer, api: Api, request: Request, answer: Response,
    response: Mapping[str, Any], budget: RetryBudget,
) -> Failure:  # fmt: skip
    case = error_case(answer.status, action, api)
    said = answers.error.evaluate({"response": response})
    message, field = said.get("message"), said.get("field")
    text = f"{host_of(request.url)} answered {answer.status}"
    if isinstance(message, str) and message:
        text = f"{text}: {_cut(message, _MESSAGE, request)}"
    elif answer.status == 304:
        text = f"{text} (not modified), without content"
    elif 300 <= answer.status < 400:
        text = f"{text} with a redirect elsewhere"
    elif not 200 <= answer.status < 600:
        text = f"{text}, which is not an HTTP answer"
    details = said.get("details", response["body"])
    if details is None and answer.body:
        details = _start(answer, request)
    return Failure(
        code=case.code,
        message=text,
        hint=case.hint,
        field=redact_text(_parameter(field, action), request.secrets) if isinstance(field, str) else None,
        status=answer.status,
        retryable=budget.retryable(answer.status),
        details=redact(details, request.secrets),
        retry_after=budget.asked,
    )


def _parameter(field: str, action: Action) -> str:
    """A field as the server names it, in the caller's terms: from the first part on that is a parameter."""
    parts = field.split(".")
    first = next((index for index, part in enumerate(parts) if part in action.parameters), 0)
    return ".".join(parts[first:])


def _failed(request: Request, failure: Failure, meta: Meta) -> Result:
    return Result(False, request.action, {}, failure, meta)


def _body(answer: Response) -> tuple[Any, bool]:
    if not answer.body:
        return None, False
    try:
        return decode(answer.body), True
    except ValueError:
        return None, False


def _is_yes(answer: Response, api: Api) -> bool:
    """Whether an answer that is not valid JSON is one of the texts by which the API says that it took the call."""
    return answer.body.strip().decode("utf-8", "replace") in api.answer.accepted_texts


def _start(answer: Response, request: Request) -> str:
    """The first words of an answer that is not valid JSON: enough to recognise a proxy's page."""
    return " ".join(_cut(answer.body.decode("utf-8", "replace"), _START, request).split())


def _cut(text: str, length: int, request: Request) -> str:
    """The beginning of a text; cut when the secrets are out of it, for half of one would not be recognised."""
    return redact_text(text, request.secrets)[:length]


def _rate_limit(answer: Response, request: Request) -> dict[str, str] | None:
    found = {
        name.lower(): redact_text(value, request.secrets) for name, value in answer.headers.items()
        if name.lower() == "retry-after" or name.lower().startswith("x-ratelimit-")
    }  # fmt: skip
    return found or None


class CompiledAnswer:
    """The templates by which an API's answers are read, each compiled on first use.

    :param spec: what ``connector.yaml`` says, and ``path`` that file.
    """

    def __init__(self, spec: AnswerRules, path: str) -> None:
        self._spec = spec
        self._path = path

    def refuses(self, body: Any) -> bool:
        """Whether an answer with a good status says no all the same."""
        if self._refused_when is None:
            return False
        verdict = self._refused_when.evaluate({"response": {"body": body}})
        return not left_out(verdict) and bool(verdict)

    def asked_wait(self, answer: Response) -> str | None:
        """The wait that an answer asks for, in seconds or as an HTTP date: by its header, else by its body."""
        header = answer.headers.get("Retry-After")
        if header is not None or self._retry_after_ms is None:
            return header
        try:
            body = decode(answer.body)
        except ValueError:
            return None
        wanted = self._retry_after_ms.evaluate({"response": {"status": answer.status, "body": body}})
        if isinstance(wanted, bool) or not isinstance(wanted, (int, float)) or wanted <= 0:
            return None
        return str(math.ceil(wanted / 1000))

    @cached_property
    def error(self) -> Template:
        """Gives ``message``, ``field`` and ``details`` of a refusal, as far as they are there."""
        return self._template("answer.error", dict(self._spec.error))

    @cached_property
    def _refused_when(self) -> Template | None:
        tree = self._spec.refused_when
        return None if tree is None else self._template("answer.refused_when", tree)

    @cached_property
    def _retry_after_ms(self) -> Template | None:
        tree = self._spec.retry_after_ms
        return None if tree is None else self._template("answer.retry_after_ms", tree)

    def _template(self, place: str, tree: Any) -> Template:
        compiler = Compiler(ANSWER_NAMES, (), self._path)
        return compiler.template(compiler.value(tree, place), place)
