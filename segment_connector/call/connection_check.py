"""Test a connection as ``connector.yaml`` says it can honestly be tested: a 200 to anything proves nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from ..connection import Connection
from ..errors import ConnectionConfigError, InputError
from ..http.attempts import Attempts, SignedRequest, send_until_answered
from ..http.auth import Credential, NoToken, Scheme
from ..http.syntax import checked_path, with_query
from ..http.transport import host_of
from ..language.connector_records import Api, ConnectionTest, RateLimitRetry
from ..templates.compiler import Compiler
from .outcome import error_case, network_failure

if TYPE_CHECKING:
    from .caller import Caller

Verdict = Literal["verified", "failed", "unverifiable", "not_given"]


@dataclass(frozen=True, slots=True)
class Check:
    """One statement about a connection.

    :ivar verdict: ``verified``; ``failed``; ``unverifiable`` when nothing can prove it; ``not_given`` when the
        connection does not have what it is about.
    """

    title: str
    verdict: Verdict
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class ConnectionReport:
    """All that can be said about a connection.

    :ivar ok: nothing failed, and at least one credential was given.
    :ivar region: whose servers were asked, or ``None`` when the connection names all of them itself.
    :ivar servers: the addresses that it names, by the title of their API.
    """

    ok: bool
    region: str | None
    servers: Mapping[str, str]
    checks: tuple[Check, ...]

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {**asdict(self), "checks": [asdict(check) for check in self.checks]}


def run_tests(caller: Caller, given: Mapping[str, Any]) -> ConnectionReport:
    """Every test of ``connector.yaml`` on one connection.

    :raises ConnectionConfigError: when the mapping itself is wrong.
    """
    connection = caller.connections.check(given)
    checks = tuple(_run(caller, test, connection) for test in caller.spec.connection.test)
    if not checks:
        checks = (_untested(caller, connection),)
    given_any = any(check.verdict != "not_given" for check in checks)
    asked = {one.api: caller.spec.apis[one.api] for one in caller.spec.connection.test if one.api is not None}
    servers = {api.title: own for api in asked.values() if (own := connection.own_server(api))}
    region = None if len(servers) == len(asked) > 0 else connection.region
    ok = given_any and all(check.verdict != "failed" for check in checks)
    return ConnectionReport(ok, region, servers, checks)


def _untested(caller: Caller, connection: Connection) -> Check:
    """What can be said where ``connector.yaml`` has no tests: what the connection can sign."""

    def missing_for(api: Api) -> str | None:
        try:
            caller.connections.scheme(api, connection)
        except ConnectionConfigError as error:
            return error.problems[0].message
        return None

    looked = {api.title: missing_for(api) for api in caller.spec.apis.values()}
    served = [title for title, lack in looked.items() if lack is None]
    missing = [lack for lack in looked.values() if lack is not None]
    message = "; ".join([*([f"it has what these need: {', '.join(served)}"] if served else []), *missing])
    hint = f"Nothing was asked, since {caller.spec.path} names no test; run an action that reads to try it."
    verdict: Verdict = "unverifiable" if served else "not_given"
    return Check("Connection", verdict, f"The connection was looked at: {message}.", hint)


def _run(caller: Caller, test: ConnectionTest, connection: Connection) -> Check:
    missing = [name for name in test.needs if not connection.get(name)]
    if missing:
        return Check(test.title, "not_given", f"the connection has no {' and no '.join(missing)}")
    if test.api is None:
        return Check(test.title, "unverifiable", test.message, test.hint)
    api = caller.spec.apis[test.api]
    scheme = caller.schemes[test.auth] if test.auth else None
    try:
        url = connection.server(api)
        credential = Credential() if scheme is None else _credential(caller, scheme, connection)
        if test.path is None:  # having got a token is the whole test
            return _as_it_is(test, "verified", caller, connection)
        compiler = Compiler(("connection",), (), caller.spec.path)
        path = compiler.template(compiler.path(test.path, "connection.test"), "connection.test")
        url += checked_path(path.evaluate({"connection": connection.public}), "connection")
    except NoToken as refused:
        assert scheme is not None
        return _failed(test, refused.done, caller.source(scheme), connection, " and gave no access token")
    except (ConnectionConfigError, InputError) as error:
        return Check(test.title, "failed", error.problems[0].message, error.hint)
    headers = {"Accept": "application/json", **credential.headers}
    wire = SignedRequest(test.method, with_query(url, credential.query), headers, None)
    budget = caller.budget(_impatient(api), scheme, idempotent=True)
    done = send_until_answered(lambda _attempt: wire, api, budget, caller.send, caller.clock)
    status = 0 if done.answer is None else done.answer.status
    if status in test.verified_by:
        return _as_it_is(test, "verified", caller, connection)
    if not test.verified_by and status and status < 500 and status // 100 != 3:
        return _as_it_is(test, "unverifiable", caller, connection)
    return _failed(test, done, api, connection)


def _as_it_is(test: ConnectionTest, verdict: Verdict, caller: Caller, connection: Connection) -> Check:
    """The verdict in the words of the test, or of the address that the connection names in place of the service."""
    own = connection.own_server(caller.spec.apis[test.api or ""])
    if own is None or not caller.spec.apis[test.api or ""].by_region:
        return Check(test.title, verdict, test.message, test.hint)
    said = "took it" if verdict == "verified" else "was reached, which proves nothing"
    return Check(test.title, verdict, f"{own} {said}; {caller.spec.title} itself was not asked.", test.hint)


def _credential(caller: Caller, scheme: Scheme, connection: Connection) -> Credential:
    if scheme.fetched_from is None:
        return caller.credential(scheme, connection)
    api = caller.source(scheme)
    scheme.forget(connection.get, connection.server(api))  # a token of before proves nothing now
    return caller.credential(scheme, connection, source=_impatient(api))


def _impatient(api: Api) -> Api:
    """The API with a few quick retries: somebody waits for the verdict and can ask for it again."""
    retry = replace(api.retry, max_retries=min(2, api.retry.max_retries), rate_limit=RateLimitRetry(max_duration=0))
    return replace(api, retry=retry)


def _failed(test: ConnectionTest, done: Attempts, api: Api, connection: Connection, but: str = "") -> Check:
    url = connection.server(api)
    if done.answer is None:
        assert done.failure is not None
        failure = network_failure(done.failure, url)
        return Check(test.title, "failed", failure.message, failure.hint)
    status = done.answer.status
    message = f"{host_of(url)} answered {status}{but}"
    return Check(test.title, "failed", message, error_case(status, None, api).hint)
