"""OAuth with a real RSA key against a token server that checks what it gets."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote

import jwt
import jwt.algorithms
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from faultserver import FaultServer, HandClock, Peer, Reply, Seen, answer, plain_environment, then_reset, unused_port

from segment_connector import ConnectionConfigError, Connector, Result
from segment_connector.http.attempts import NoTime, Pause
from segment_connector.redact import MASK

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEY = "the-write-key"
EVENT = {"event": "Seen", "userId": "u-1"}
SPECS = Connector.load().specs  # read once


def pem(key: Any, password: bytes | None = None) -> str:
    locked: Any = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return str(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked).decode())


PEM = pem(RSA)
PUBLIC = RSA.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
).decode()  # fmt: skip


read_key_once = functools.cache(jwt.algorithms.load_pem_private_key)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_environment(monkeypatch)
    # OpenSSL proves the key's primes each time it reads one, which is most of what these tests would cost.
    monkeypatch.setattr(jwt.algorithms, "load_pem_private_key", read_key_once)


@dataclass
class TokenServer:
    """Gives a new token for each good assertion; ``hand`` is its clock, ``life`` what it says of a token's life."""

    hand: HandClock
    life: Any = 3600
    skew: float = 0
    forms: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, seen: Seen, _peer: Peer) -> bytes:
        assert seen.target == "/token"
        assert seen.headers["content-type"] == "application/x-www-form-urlencoded"
        form = {name: value for name, (value,) in parse_qs(seen.body.decode(), strict_parsing=True).items()}
        self.forms.append(form)
        claims = self.claims()
        now = self.hand.instant.timestamp() + self.skew
        headers = {"Date": self._date(now)}
        if not claims["iat"] <= now < claims["exp"]:
            return answer({"error": "invalid_request", "error_description": "Token is expired"}, 400, headers)
        body = {"access_token": f"token-{len(self.forms)}", "token_type": "Bearer", "scope": form["scope"]}
        return answer(body if self.life is None else {**body, "expires_in": self.life}, headers=headers)

    def claims(self, number: int = -1) -> dict[str, Any]:
        """The claims of an assertion, its signature and header checked."""
        assertion = self.forms[number]["client_assertion"]
        assert jwt.get_unverified_header(assertion) == {"alg": "RS256", "typ": "JWT", "kid": "key-id"}
        unclocked = {"verify_exp": False, "verify_iat": False, "verify_aud": False}
        return jwt.decode(assertion, PUBLIC, ["RS256"], unclocked)

    @staticmethod
    def _date(timestamp: float) -> str:
        import email.utils

        return email.utils.formatdate(timestamp, usegmt=True)


@dataclass
class World:
    """A tracking server, a token server, a clock and one connector between them."""

    tracking: FaultServer
    oauth: FaultServer
    tokens: TokenServer
    hand: HandClock
    connector: Connector

    def connection(self, private_key: str = PEM, **oauth: str) -> dict[str, Any]:
        return {
            "writeKey": KEY,
            "oauth": {"clientId": "client-id", "keyId": "key-id", "privateKey": private_key, **oauth},
            "servers": {"tracking": f"{self.tracking.url}/v1", "oauth": f"{self.oauth.url}/"},
        }

    def run(self, **oauth: str) -> Result:
        return self.connector.run("track", EVENT, self.connection(**oauth))

    @property
    def used(self) -> list[str]:
        """The tokens that events were sent with."""
        return [seen.headers["authorization"].removeprefix("Bearer ") for seen in self.tracking.seen]


@pytest.fixture
def world() -> Any:
    hand = HandClock()
    tokens = TokenServer(hand)
    with FaultServer() as tracking, FaultServer(tokens) as oauth:
        yield World(tracking, oauth, tokens, hand, Connector(SPECS, clock=hand.clock))


class TestAssertion:
    def test_an_event_is_sent_with_a_token_and_the_write_key_in_its_body(self, world: World) -> None:
        result = world.run()
        assert result.ok
        assert world.used == ["token-1"]
        assert world.tracking.bodies[0]["writeKey"] == KEY
        assert (result.meta.attempts, result.meta.delivery) == (1, "accepted")

    def test_the_form_is_that_of_rfc_7523(self, world: World) -> None:
        world.run()
        (form,) = world.tokens.forms
        assert form.pop("client_assertion").count(".") == 2
        assert form == {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "scope": "tracking_api:write",
        }

    def test_the_claims_are_those_of_segments_sdks(self, world: World) -> None:
        world.run()
        now = int(world.hand.instant.timestamp())
        claims = world.tokens.claims()
        assert claims.pop("jti").startswith("00000000-0000-4000-8000-")
        assert claims == {
            "iss": "client-id", "sub": "client-id", "aud": world.oauth.url, "iat": now - 5, "exp": now + 55,
        }  # fmt: skip

    def test_no_two_assertions_are_the_same(self, world: World) -> None:
        world.oauth.replies = [answer(status=503), answer(status=503), world.tokens]
        world.run()
        assertions = {parse_qs(seen.body.decode())["client_assertion"][0] for seen in world.oauth.seen}
        assert len(assertions) == 3

    def test_a_scope_can_be_chosen(self, world: World) -> None:
        world.run(scope="functions:write tracking_api:write")
        assert world.tokens.forms[0]["scope"] == "functions:write tracking_api:write"

    def test_the_private_key_goes_nowhere(self, world: World) -> None:
        world.run()
        body = "".join(PEM.splitlines()[1:-1])
        sent = b"".join(seen.head + seen.body for seen in (*world.oauth.seen, *world.tracking.seen)).decode()
        assert body[:40] not in sent


class TestCache:
    def test_a_token_is_used_for_many_events(self, world: World) -> None:
        assert all(world.run().ok for _ in range(5))
        assert world.used == ["token-1"] * 5
        assert len(world.tokens.forms) == 1

    @pytest.mark.parametrize(("life", "half"), [(3600, 1800), (10, 5), (None, 30), ("3600", 30), (0, 30), (-5, 30)])
    def test_it_is_renewed_when_half_of_its_life_is_over(self, world: World, life: Any, half: float) -> None:
        world.tokens.life = life
        world.run()
        world.hand.pass_(half - 0.001)
        world.run()
        world.hand.pass_(0.001)
        world.run()
        assert world.used == ["token-1", "token-1", "token-2"]

    @pytest.mark.parametrize("status", [401, 403])
    def test_it_is_dropped_when_it_was_refused(self, world: World, status: int) -> None:
        world.tracking.replies = [answer(status=status), answer({"success": True})]
        refused = world.run()
        assert refused.error is not None
        assert (refused.error.status, refused.meta.attempts) == (status, 1)
        assert world.run().ok
        assert world.used == ["token-1", "token-2"]

    @pytest.mark.parametrize("status", [400, 404, 413, 500])
    def test_it_is_kept_when_something_else_was_refused(self, world: World, status: int) -> None:
        world.connector = Connector(SPECS, clock=world.hand.clock, max_retries=0)
        world.tracking.replies = [answer(status=status), answer({"success": True})]
        world.run()
        world.run()
        assert world.used == ["token-1", "token-1"]

    def test_511_is_retried_with_another_token(self, world: World) -> None:
        world.tracking.replies = [answer(status=511), answer({"success": True})]
        assert world.run().ok
        assert world.used == ["token-1", "token-2"]
        assert [seen.headers.get("x-retry-count") for seen in world.tracking.seen] == [None, "1"]
        assert len({body["messageId"] for body in world.tracking.bodies}) == 1

    def test_each_application_has_its_own(self, world: World) -> None:
        world.run()
        world.run(clientId="another")
        world.run(scope="another:scope")
        world.run()
        assert world.used == ["token-1", "token-2", "token-3", "token-1"]

    def test_threads_wait_for_one_fetch_together(self, world: World) -> None:
        with ThreadPoolExecutor(16) as threads:
            results = list(threads.map(lambda _: world.run(), range(64)))
        assert all(result.ok for result in results)
        assert set(world.used) == {"token-1"}

    def test_threads_share_a_refusal_too(self, world: World) -> None:
        everyone = threading.Barrier(8)

        def refuse(_seen: Seen, peer: Peer) -> bytes:
            peer.wait(0.4)
            return answer({"error": "invalid_client"}, 401)

        def call(_: int) -> Result:
            everyone.wait(5)
            return world.run()

        world.oauth.replies = [refuse]
        with ThreadPoolExecutor(8) as threads:
            results = list(threads.map(call, range(8)))
        assert [result.error and result.error.code for result in results] == ["oauth_refused"] * 8
        assert len(world.oauth.seen) == 1

    def test_one_applications_server_does_not_hold_up_another_s(self, world: World) -> None:
        stuck, go = threading.Event(), threading.Event()

        def slow(_seen: Seen, _peer: Peer) -> bytes:
            stuck.set()
            go.wait(10)
            return answer({"access_token": "late", "expires_in": 3600})

        world.oauth.replies = [slow, world.tokens]
        with ThreadPoolExecutor(1) as threads:
            late = threads.submit(world.run, clientId="slow")
            assert stuck.wait(5)
            try:
                assert world.run().ok
                assert not late.done()
            finally:
                go.set()
            assert late.result(10).ok


class TestClock:
    @pytest.mark.parametrize("skew", [3600, 61, -61, -3600])
    def test_a_clock_that_is_wrong_is_corrected_by_the_server_s(self, world: World, skew: float) -> None:
        world.tokens.skew = skew
        assert world.run().ok
        assert len(world.tokens.forms) == 2
        there = world.hand.instant.timestamp() + skew
        assert world.tokens.claims()["iat"] == int(there) - 5

    def test_the_correction_is_kept(self, world: World) -> None:
        world.tokens.skew = 3600
        world.run()
        world.hand.pass_(2000)
        assert world.run().ok
        assert len(world.tokens.forms) == 3

    @pytest.mark.parametrize(
        "date", [None, "yesterday", "Sat, 31 Jan 2026 12:00:01 GMT"], ids=["none", "nonsense", "near"]
    )
    def test_a_refusal_that_the_clock_does_not_explain_is_one(self, world: World, date: str | None) -> None:
        world.oauth.replies = [answer({"error": "invalid_client"}, 400, {"Date": date} if date else None)]
        assert not world.run().ok
        assert len(world.oauth.seen) == 1

    def test_a_refusal_after_the_correction_is_one(self, world: World) -> None:
        world.oauth.replies = [answer(status=401, headers={"Date": "Sat, 31 Jan 2026 18:00:00 GMT"})]
        result = world.run()
        assert result.error is not None
        assert (result.error.code, len(world.oauth.seen)) == ("oauth_refused", 2)


REFUSALS: dict[str, tuple[Reply, str, bool, int | None]] = {
    "400": (answer({"error": "invalid_client"}, 400), "oauth_refused", False, 400),
    "401": (answer(b"<html>", 401), "oauth_refused", False, 401),
    "403": (answer(status=403), "oauth_refused", False, 403),
    "415": (answer(status=415), "oauth_refused", False, 415),
    "429": (answer(status=429), "rate_limited", True, 429),
    "503": (answer(status=503), "server_error", True, 503),
    "redirect": (answer(status=302, headers={"Location": "http://127.0.0.1:1/"}), "redirected", False, 302),
    "reset": (then_reset(), "connection_failed", True, None),
}


class TestRefusals:
    @pytest.mark.parametrize(("reply", "code", "retryable", "status"), REFUSALS.values(), ids=REFUSALS)
    def test_without_a_token_nothing_is_sent(
        self, world: World, reply: Reply, code: str, retryable: bool, status: int | None
    ) -> None:
        world.connector = Connector(SPECS, clock=world.hand.clock, max_retries=0)
        world.oauth.replies = [reply]
        result = world.run()
        assert result.error is not None
        assert (result.error.code, result.error.retryable, result.error.status) == (code, retryable, status)
        assert result.error.hint
        assert "OAuth token server" in result.error.message
        assert (result.meta.delivery, result.meta.attempts) == ("not_sent", 0)
        assert world.tracking.seen == []

    @pytest.mark.parametrize(
        "body",
        [b"", b"<html>", b"[]", b'"token"', b"{}", b'{"access_token": 5}', b'{"access_token": ""}',
         b'{"access_token": "a\\r\\nX-Evil: yes"}', b'{"access_token": "a b"}', '{"access_token": "\u0142"}'.encode()],
    )  # fmt: skip
    def test_what_is_no_token_is_not_sent(self, world: World, body: bytes) -> None:
        world.oauth.replies = [answer(body)]
        result = world.run()
        assert not result.ok
        assert world.tracking.seen == []

    def test_a_token_server_that_is_busy_is_asked_again_when_it_said(self, world: World) -> None:
        told: list[Pause] = []
        world.oauth.replies = [answer(status=429, headers={"Retry-After": "30"}), answer(status=503), world.tokens]
        result = world.connector.run("track", EVENT, world.connection(), on_wait=told.append)
        assert result.ok
        assert [(pause.reason, pause.directed) for pause in told] == [("HTTP 429", True), ("HTTP 503", False)]
        assert world.hand.slept[0] == 30

    def test_a_wait_for_a_token_that_nobody_has_time_for_ends_the_call(self, world: World) -> None:
        def no_time(_pause: Pause) -> None:
            raise NoTime

        world.oauth.replies = [answer(status=429, headers={"Retry-After": "30"}), world.tokens]
        result = world.connector.run("track", EVENT, world.connection(), on_wait=no_time)
        assert result.error is not None
        assert (result.error.code, result.error.retryable, result.meta.delivery) == ("rate_limited", True, "not_sent")
        assert (len(world.oauth.seen), world.hand.slept) == (1, [])
        assert world.run().ok

    def test_a_token_server_that_is_away_is_given_up(self, world: World) -> None:
        connection = world.connection()
        connection["servers"]["oauth"] = f"http://127.0.0.1:{unused_port()}"
        result = world.connector.run("track", EVENT, connection)
        assert result.error is not None
        assert (result.error.code, result.meta.delivery) == ("connection_failed", "not_sent")
        assert len(world.hand.slept) == 10

    def test_an_event_is_not_dated_before_the_wait_for_its_token(self, world: World) -> None:
        world.oauth.replies = [answer(status=429, headers={"Retry-After": "30"}), world.tokens]
        world.run()
        (body,) = world.tracking.bodies
        assert (body["timestamp"], body["sentAt"]) == ("2026-01-31T12:00:00.000Z", "2026-01-31T12:00:30.000Z")

    def test_what_was_sent_before_the_token_was_lost_is_not_forgotten(self, world: World) -> None:
        world.tracking.replies = [answer(status=511)]
        world.oauth.replies = [world.tokens, answer(status=401)]
        result = world.run()
        assert result.error is not None
        assert (result.error.code, result.meta.attempts, result.meta.delivery) == ("oauth_refused", 1, "unknown")
        assert result.meta.message_ids == [world.tracking.bodies[0]["messageId"]]
        assert result.meta.bytes == len(world.tracking.seen[0].body)

    def test_a_later_call_tries_anew(self, world: World) -> None:
        world.oauth.replies = [answer(status=401), world.tokens]
        assert [world.run().ok for _ in range(2)] == [False, True]

    def test_neither_the_assertion_nor_the_key_is_shown(self, world: World) -> None:
        def echo(seen: Seen, _peer: Peer) -> bytes:
            return answer({"error": seen.body.decode(), "error_description": PEM}, 400)

        world.oauth.replies = [echo]
        shown = repr(world.run())
        assert "client_assertion" not in shown
        assert PEM.splitlines()[1] not in shown


def echo(status: int, place: Callable[[str], tuple[Any, dict[str, str]]]) -> Reply:
    """Answer with the ``Authorization`` header that came in, in the body and the headers that ``place`` makes of it."""

    def reply(seen: Seen, _peer: Peer) -> bytes:
        body, headers = place(seen.headers["authorization"])
        return answer(body, status, headers)

    return reply


PLACES: dict[str, Callable[[str], tuple[Any, dict[str, str]]]] = {
    "message": lambda given: ({"message": f"not with {given}"}, {}),
    "member": lambda given: ({"headers": {"Authorization": given}}, {}),
    "name of a member": lambda given: ({given: 1}, {}),
    "no JSON": lambda given: (f"<html>{given}".encode(), {}),
    "percent-encoded": lambda given: ({"message": f"/?header={quote(given)}"}, {}),
    "request id": lambda given: ({}, {"X-Request-Id": given}),
    "rate limit": lambda given: ({}, {"X-RateLimit-Limit": given}),
}


class TestSecrets:
    """A token is as secret as the key that it was had for, and whoever calls has neither."""

    @pytest.fixture(autouse=True)
    def _token(self, world: World) -> None:
        body = {"access_token": "ACCESS+TOKEN/SECRET=12345", "expires_in": 3600}
        world.oauth.replies = [answer(body)]

    @pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
    @pytest.mark.parametrize("status", [200, 400])
    def test_a_token_that_the_service_repeats_is_masked(self, world: World, status: int, place: Any) -> None:
        world.tracking.replies = [echo(status, place)]
        inputs = {"method": "POST", "api": "tracking", "path": "/x", "body": {}}
        results = [world.run(), world.connector.run("custom_api_call", inputs, world.connection())]
        assert world.used == ["ACCESS+TOKEN/SECRET=12345"] * 2
        shown = repr(results)
        assert "SECRET" not in shown
        assert MASK in shown

    def test_a_token_is_masked_in_the_entries_that_were_refused(self, world: World) -> None:
        world.tracking.replies = [echo(400, PLACES["message"])]
        entry = {"type": "track", **EVENT}
        result = world.connector.run("batch", {"batch": [entry]}, world.connection())
        (refused,) = result.outputs["refused"]
        assert f"not with Bearer {MASK}" in refused["message"]
        assert "SECRET" not in repr(result)

    def test_a_token_that_was_replaced_is_masked_as_well(self, world: World) -> None:
        world.oauth.replies = [answer({"access_token": f"ACCESS-SECRET-{n}", "expires_in": 3600}) for n in (1, 2)]
        said = {"message": "ACCESS-SECRET-1 was replaced by ACCESS-SECRET-2"}
        world.tracking.replies = [answer(status=511), answer(said, 400)]
        result = world.run()
        assert world.used == ["ACCESS-SECRET-1", "ACCESS-SECRET-2"]
        assert result.error is not None
        assert f"{MASK} was replaced by {MASK}" in result.error.message
        assert "SECRET" not in repr(result)

    def test_what_a_connection_holds_is_no_less_masked_than_before(self, world: World) -> None:
        world.tracking.replies = [answer({"message": f"{KEY} and client-id"}, 400)]
        result = world.run()
        assert result.error is not None
        assert KEY not in repr(result)


WRONG_KEYS: dict[str, Callable[[], str]] = {
    "no PEM": lambda: "s3cr3t-no-pem " * 10,
    "the public half": lambda: PUBLIC,
    "half of it": lambda: PEM[:400],
    "another kind of key": lambda: pem(ec.generate_private_key(ec.SECP256R1())),
    "locked by a password": lambda: pem(RSA, b"s3cr3t"),
    "line breaks spelled out": lambda: PEM.replace("\n", "\\n"),
}


class TestWhatTheCallerDidWrong:
    @pytest.mark.parametrize("make", WRONG_KEYS.values(), ids=WRONG_KEYS)
    def test_a_key_that_cannot_sign_is_named_and_not_shown(self, world: World, make: Callable[[], str]) -> None:
        key = make()
        with pytest.raises(ConnectionConfigError) as caught:
            world.connector.run("track", EVENT, world.connection(key))
        assert (caught.value.code, caught.value.field) == ("private_key", "oauth.privateKey")
        assert "-----BEGIN" in (caught.value.hint or "")
        assert caught.value.__cause__ is None
        assert key[30:60] not in str(caught.value)
        assert (world.oauth.seen, world.tracking.seen) == ([], [])

    @pytest.mark.parametrize(
        "key", [PEM.replace("\n", "\r\n"), f"\n{PEM}\n", PEM.strip()], ids=["CRLF", "around", "no end"]
    )
    def test_a_key_may_be_pasted_with_other_line_ends(self, world: World, key: str) -> None:
        assert world.connector.run("track", EVENT, world.connection(key)).ok

    def test_the_extra_that_is_missing_is_named(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "jwt", None)
        with pytest.raises(ConnectionConfigError) as caught:
            world.run()
        assert (caught.value.code, caught.value.field) == ("missing_extra", "oauth")
        assert "pip install 'segment-connector[oauth]'" in (caught.value.hint or "")

    def test_half_of_the_extra_is_none(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        def without_cryptography(*_: Any, **__: Any) -> str:
            raise NotImplementedError("Algorithm 'RS256' could not be found. Do you have cryptography installed?")

        monkeypatch.setattr(jwt, "encode", without_cryptography)
        with pytest.raises(ConnectionConfigError) as caught:
            world.run()
        assert caught.value.code == "missing_extra"

    def test_it_is_a_result_where_that_was_asked(self, world: World) -> None:
        result = world.connector.run("track", EVENT, world.connection("s3cr3t-no-pem"), raise_errors=False)
        assert result.error is not None
        assert (result.error.code, result.error.field) == ("private_key", "oauth.privateKey")
        assert "s3cr3t" not in repr(result)
