"""One try of one request over real sockets, against servers that do what servers should not."""

from __future__ import annotations

import base64
import contextlib
import gzip
import itertools
import json
import socket
import ssl
import time
import tracemalloc
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from faultserver import (
    FaultServer,
    Peer,
    Reply,
    Seen,
    answer,
    dripping,
    plain_environment,
    stalling,
    then_close,
    then_reset,
    tunnelling,
    unused_port,
)

from segment_connector.http.transport import NoAnswer, Response, Transport
from segment_connector.language.connector_records import Timeout

QUICK = Timeout(connect=2, read=0.3, total=0.6)
PATIENT = Timeout(connect=5, read=5, total=10)
MEGABYTE = 1_000_000


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_environment(monkeypatch)


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport()
    yield made
    made.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(key_type=trustme.KeyType.ECDSA)


@pytest.fixture
def trust(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def put() -> None:
        bundle = tmp_path / "company.pem"
        authority.cert_pem.write_to_path(str(bundle))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))

    return put


def tls_for(authority: trustme.CA, name: str = "127.0.0.1") -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


def post(
    transport: Transport, url: str, content: bytes | None = b"{}", *, timeout: Timeout = PATIENT,
    max_bytes: int = MEGABYTE, headers: dict[str, str] | None = None, method: str = "POST",
) -> Response:  # fmt: skip
    return transport(method, url, headers or {}, content, timeout, max_bytes)


def failure(transport: Transport, url: str, **options: Any) -> tuple[str, bool, bool]:
    """Kind, whether it may have been sent, and whether it is for good."""
    with pytest.raises(NoAnswer) as caught:
        post(transport, url, **options)
    return caught.value.kind, caught.value.sent, caught.value.lasting


class TestWhatIsSent:
    def test_the_request_arrives_as_it_was_given(self, transport: Transport) -> None:
        with FaultServer() as server:
            post(transport, f"{server.url}/v1/track?a=%2F%20b", b'{"a": 1}', headers={"X-Mine": "yes", "Accept": "a/b"})
        (seen,) = server.seen
        assert (seen.method, seen.target, seen.body) == ("POST", "/v1/track?a=%2F%20b", b'{"a": 1}')
        assert seen.headers["x-mine"] == "yes"
        assert seen.headers["accept"] == "a/b"
        assert seen.headers["content-length"] == "8"
        assert seen.headers["host"] == f"127.0.0.1:{server.port}"

    @pytest.mark.parametrize("target", ["/a%2Fb", "/a/%2e%2e/b", "/%F0%9F%8D%BA", "/a?b=%00&c=d;e", "/a//b"])
    def test_a_target_is_not_rewritten_on_the_way(self, transport: Transport, target: str) -> None:
        with FaultServer() as server:
            post(transport, server.url + target)
        assert server.seen[0].target.lower() == target.lower()

    @pytest.mark.parametrize(
        ("method", "length"), [("POST", "0"), ("PUT", "0"), ("PATCH", "0"), ("GET", None), ("DELETE", None)]
    )
    def test_a_method_that_expects_a_body_says_that_there_is_none(
        self, transport: Transport, method: str, length: str | None
    ) -> None:
        with FaultServer() as server:
            post(transport, f"{server.url}/", None, method=method)
        assert server.seen[0].headers.get("content-length") == length
        assert "transfer-encoding" not in server.seen[0].headers

    def test_a_body_of_no_bytes_is_a_body(self, transport: Transport) -> None:
        with FaultServer() as server:
            post(transport, f"{server.url}/", b"")
        assert server.seen[0].headers["content-length"] == "0"

    @pytest.mark.parametrize(
        "headers",
        [
            {"X-Mine": "a\r\nX-Evil: yes"},
            {"X-Mine": "a\nX-Evil: yes"},
            {"X-Mine\r\nX-Evil": "yes"},
            {"X-Mine: a\nX-Evil": "b"},
        ],
    )
    def test_a_header_cannot_carry_another(self, transport: Transport, headers: dict[str, str]) -> None:
        with FaultServer() as server:
            with pytest.raises((NoAnswer, ValueError)):
                post(transport, f"{server.url}/", headers=headers)
            post(transport, f"{server.url}/")
        assert len(server.seen) == 1
        assert "x-evil" not in server.seen[0].headers

    def test_no_password_of_netrc_is_sent(
        self, transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in (".netrc", "_netrc"):
            (tmp_path / name).write_text("machine 127.0.0.1 login someone password hunter2\n")
            (tmp_path / name).chmod(0o600)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        with FaultServer() as server:
            # The trap is a real one: a session of requests walks into it.
            requests.get(f"{server.url}/", timeout=5)
            post(transport, f"{server.url}/")
        assert "authorization" in server.seen[0].headers
        assert "authorization" not in server.seen[1].headers
        assert b"hunter2" not in server.seen[1].head
        assert base64.b64encode(b"someone:hunter2") not in server.seen[1].head

    def test_cookies_are_not_kept(self, transport: Transport) -> None:
        with FaultServer(answer(headers={"Set-Cookie": "a=b; Path=/"})) as server:
            post(transport, f"{server.url}/")
            post(transport, f"{server.url}/")
        assert "cookie" not in server.seen[1].headers


class TestConnections:
    def test_calls_share_a_connection(self, transport: Transport) -> None:
        with FaultServer() as server:
            for _ in range(3):
                post(transport, f"{server.url}/")
        assert [seen.connection for seen in server.seen] == [0, 0, 0]

    @pytest.mark.parametrize(
        "reply",
        [
            pytest.param(
                answer(b"5\r\nhello\r\n0\r\n\r\n", length=-1, headers={"Transfer-Encoding": "chunked"}), id="chunked"
            ),
            pytest.param(answer(gzip.compress(b"hello"), headers={"Content-Encoding": "gzip"}), id="gzip"),
            pytest.param(answer(b"hello", status=503), id="refusal"),
        ],
    )
    def test_every_complete_answer_leaves_the_connection_usable(self, transport: Transport, reply: bytes) -> None:
        with FaultServer(reply) as server:
            bodies = [post(transport, f"{server.url}/").body for _ in range(2)]
        assert bodies == [b"hello", b"hello"]
        assert server.connections == 1

    def test_a_connection_that_was_closed_meanwhile_is_replaced(self, transport: Transport) -> None:
        with FaultServer(then_close(answer(b"first")), answer(b"second")) as server:
            assert post(transport, f"{server.url}/").body == b"first"
            time.sleep(0.05)
            assert post(transport, f"{server.url}/").body == b"second"
        assert server.connections == 2

    def test_the_rest_of_an_abandoned_answer_is_not_taken_for_the_next_one(self, transport: Transport) -> None:
        with FaultServer(answer(b"x" * 3 * MEGABYTE), answer(b"mine")) as server:
            assert failure(transport, f"{server.url}/")[0] == "answer_too_large"
            assert post(transport, f"{server.url}/").body == b"mine"
        assert server.connections == 2

    def test_many_servers_have_their_turn(self, transport: Transport) -> None:
        # More than the pools that are kept open: the oldest are closed and opened again.
        with contextlib.ExitStack() as stack:
            servers = [stack.enter_context(FaultServer(answer(str(number).encode()))) for number in range(40)]
            for number in [*range(40), 0, 39, 8, *range(40)]:
                assert post(transport, f"{servers[number].url}/").body == str(number).encode()

    def test_one_server_has_several_spellings(self, transport: Transport) -> None:
        with FaultServer() as server:
            for host in ("localhost", "LOCALHOST", "localhost"):
                assert post(transport, f"http://{host}:{server.port}/").status == 200

    def test_threads_share_a_transport(self, transport: Transport) -> None:
        def echo(seen: Seen, _peer: Peer) -> bytes:
            return answer(seen.body)

        with FaultServer(echo) as server, ThreadPoolExecutor(16) as threads:
            sent = [str(number).encode() for number in range(200)]
            got = list(threads.map(lambda content: post(transport, f"{server.url}/", content).body, sent))
        assert got == sent
        assert server.connections <= 16


class TestAnswers:
    @pytest.mark.parametrize(
        ("reply", "status", "body"),
        [
            pytest.param(answer({"success": True}), 200, b'{"success": true}', id="json"),
            pytest.param(answer(b"<html>hello</html>", 502), 502, b"<html>hello</html>", id="html"),
            pytest.param(answer(b""), 200, b"", id="empty"),
            pytest.param(answer(b"", 204, length=-1), 204, b"", id="no content"),
            pytest.param(answer(b'{"succ'), 200, b'{"succ', id="truncated json"),
            pytest.param(answer(gzip.compress(b"{}"), headers={"Content-Encoding": "gzip"}), 200, b"{}", id="gzip"),
            pytest.param(then_close(answer(b"abc", length=-1)), 200, b"abc", id="until it closes"),
            pytest.param(
                answer(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n", length=-1, headers={"Transfer-Encoding": "chunked"}),
                200, b"abcde", id="chunked",
            ),
            pytest.param(b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"abc"), 200, b"abc", id="after a 100"),
        ],
    )  # fmt: skip
    def test_an_answer_is_read(self, transport: Transport, reply: Reply, status: int, body: bytes) -> None:
        with FaultServer(reply) as server:
            got = post(transport, f"{server.url}/")
        assert (got.status, got.body) == (status, body)

    def test_headers_are_found_whatever_their_case(self, transport: Transport) -> None:
        with FaultServer(answer(headers={"retry-AFTER": "7"})) as server:
            assert post(transport, f"{server.url}/").headers.get("Retry-After") == "7"

    def test_an_answer_does_not_show_its_body_in_a_traceback(self, transport: Transport) -> None:
        with FaultServer(answer({"access_token": "s3cr3t"}, headers={"Set-Cookie": "s3cr3t"})) as server:
            assert "s3cr3t" not in repr(post(transport, f"{server.url}/"))

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize("elsewhere", [True, False], ids=["another host", "the same host"])
    def test_a_redirect_is_an_answer_and_is_not_followed(
        self, transport: Transport, status: int, elsewhere: bool
    ) -> None:
        with FaultServer() as other, FaultServer() as server:
            target = other.url if elsewhere else server.url
            server.replies = [answer(status=status, headers={"Location": f"{target}/caught"})]
            got = post(transport, f"{server.url}/", headers={"Authorization": "Basic s3cr3t"})
        assert (got.status, got.headers["Location"]) == (status, f"{target}/caught")
        assert (len(server.seen), len(other.seen)) == (1, 0)


class TestTooMuch:
    def test_an_answer_of_100_megabytes_is_left_where_it_is(self, transport: Transport) -> None:
        sent = 0

        def flood(_seen: Seen, peer: Peer) -> None:
            nonlocal sent
            peer.send(answer(b"", length=100 * MEGABYTE))
            for _ in range(100):
                peer.send(b"x" * MEGABYTE)
                sent += 1

        with FaultServer(flood) as server:
            tracemalloc.start()
            try:
                assert failure(transport, f"{server.url}/", max_bytes=2 * MEGABYTE) == ("answer_too_large", True, True)
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        assert sent < 50
        assert peak < 10 * MEGABYTE

    def test_an_answer_that_unpacks_to_too_much_is_left_too(self, transport: Transport) -> None:
        packed = gzip.compress(bytes(50 * MEGABYTE))
        with FaultServer(answer(packed, headers={"Content-Encoding": "gzip"})) as server:
            tracemalloc.start()
            try:
                assert failure(transport, f"{server.url}/", max_bytes=MEGABYTE) == ("answer_too_large", True, True)
                peak = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
        assert peak < 10 * MEGABYTE

    def test_an_answer_of_just_the_limit_is_taken(self, transport: Transport) -> None:
        with FaultServer(answer(b"x" * MEGABYTE)) as server:
            assert len(post(transport, f"{server.url}/", max_bytes=MEGABYTE).body) == MEGABYTE


def interim(_seen: Seen, peer: Peer) -> None:
    while not peer.wait(0.02):
        peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")


SLOW = {
    "nothing comes": stalling(),
    "half a header comes": stalling(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "half a body comes": stalling(answer(b"abc", length=10)),
    "the head drips": dripping(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 1000, 0.02),
    "the body drips": dripping(answer(b"x" * 1000), 0.005),
    "the chunks drip": dripping(
        answer(b"1\r\nx\r\n" * 300, length=-1, headers={"Transfer-Encoding": "chunked"}), 0.005
    ),
    "interim answers without end": interim,
}


class TestTime:
    @pytest.mark.parametrize("reply", SLOW.values(), ids=SLOW)
    def test_a_try_ends_with_its_time_however_the_server_spends_it(self, transport: Transport, reply: Reply) -> None:
        with FaultServer(reply) as server:
            began = time.monotonic()
            assert failure(transport, f"{server.url}/", timeout=QUICK) == ("timeout", True, False)
            assert 0.25 < time.monotonic() - began < 1.5

    def test_a_server_that_takes_no_connection_is_left_in_time(self, transport: Transport) -> None:
        # A queue of one that is full: the system answers no further SYN.
        with contextlib.ExitStack() as stack:
            listener = stack.enter_context(socket.socket())
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            for _ in range(3):
                filler = stack.enter_context(socket.socket())
                filler.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    filler.connect(listener.getsockname())
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            assert failure(transport, url, timeout=Timeout(connect=0.3, read=5, total=10)) == ("timeout", False, False)

    @pytest.mark.parametrize("reads", [True, False])
    def test_a_large_body_may_take_longer_than_the_connection(self, transport: Transport, reads: bool) -> None:
        size = 20 * MEGABYTE

        def serve(listener: socket.socket) -> None:
            sock, _ = listener.accept()
            with sock:
                time.sleep(0.5)
                left = size if reads else 0
                while left > 0:
                    left -= len(sock.recv(1_000_000))
                sock.sendall(answer())

        with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as threads:
            serving = threads.submit(serve, listener)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            if reads:
                limits = Timeout(connect=0.2, read=5, total=10)
                assert post(transport, url, bytes(size), timeout=limits).status == 200
            else:
                limits = Timeout(connect=5, read=5, total=0.3)
                assert failure(transport, url, content=bytes(size), timeout=limits) == ("timeout", True, False)
            serving.result(10)

    def test_a_slow_answer_that_is_in_time_is_taken_and_leaves_no_short_time_behind(self, transport: Transport) -> None:
        unhurried = Timeout(connect=2, read=1.5, total=3)
        with FaultServer(dripping(answer(b"abc", headers={"Connection": "close"}), 0.02), answer(b"next")) as server:
            assert post(transport, f"{server.url}/", timeout=unhurried).body == b"abc"
            assert post(transport, f"{server.url}/").body == b"next"


BROKEN = {
    "reset at once": (then_reset(), "connection"),
    "reset within the head": (then_reset(b"HTTP/1.1 200 OK\r\nContent-"), "connection"),
    "reset within the body": (then_reset(answer(b"abc", length=10)), "broken_answer"),
    "closed at once": (then_close(b""), "connection"),
    "closed within the body": (then_close(answer(b"abc", length=10)), "broken_answer"),
    "closed within a chunk": (
        then_close(answer(b"5\r\nabc", length=-1, headers={"Transfer-Encoding": "chunked"})),
        "broken_answer",
    ),
    "no size of a chunk": (
        then_close(answer(b"zz\r\n", length=-1, headers={"Transfer-Encoding": "chunked"})),
        "broken_answer",
    ),
    "no gzip": (answer(b"hello", headers={"Content-Encoding": "gzip"}), "broken_answer"),
    "no HTTP": (then_close(b"SSH-2.0-OpenSSH_9.9\r\n\r\n"), "connection"),
    "a header of 70 KB": (then_close(answer(headers={"X-Long": "x" * 70_000})), "connection"),
    "a thousand headers": (then_close(answer(headers={f"X-{number}": "x" for number in range(1000)})), "connection"),
    "two lengths": (then_close(answer(b"abc", headers={"content-length": "5"})), "broken_answer"),
}


class TestBroken:
    @pytest.mark.parametrize(("reply", "kind"), BROKEN.values(), ids=BROKEN)
    def test_a_broken_answer_may_have_been_taken_all_the_same(
        self, transport: Transport, reply: Reply, kind: str
    ) -> None:
        with FaultServer(reply) as server:
            assert failure(transport, f"{server.url}/") == (kind, True, False)

    def test_the_reason_is_in_words(self, transport: Transport) -> None:
        said = []
        for reply in (
            then_close(b""),
            then_reset(),
            then_close(answer(b"abc", length=10)),
            then_close(b"220 hi\r\n\r\n"),
        ):
            with FaultServer(reply) as server, pytest.raises(NoAnswer) as caught:
                post(transport, f"{server.url}/")
            said.append(caught.value.reason)
        assert said == [
            "closed without an answer",
            "Connection reset by peer",
            "it ended too early",
            "the answer is not HTTP",
        ]

    def test_nobody_listens(self, transport: Transport) -> None:
        with pytest.raises(NoAnswer, match=r"^Connection refused$") as caught:
            post(transport, f"http://127.0.0.1:{unused_port()}/")
        assert (caught.value.kind, caught.value.sent, caught.value.lasting) == ("connection", False, False)

    def test_a_name_that_is_none(self, transport: Transport) -> None:
        assert failure(transport, "http://no-such-host.invalid/") == ("connection", False, False)

    @pytest.mark.parametrize(
        "url",
        [
            "http://a..b/",
            f"http://{'a' * 80}.example/",
            "http://.example/",
            "http://127.0.0.1:99999/",
            "ftp://127.0.0.1/",
        ],
    )
    def test_an_address_that_cannot_be_one_is_not_tried_again(self, transport: Transport, url: str) -> None:
        assert failure(transport, url) == ("connection", False, True)


class TestTls:
    def test_a_certificate_that_nobody_vouches_for_is_refused(
        self, transport: Transport, authority: trustme.CA
    ) -> None:
        with FaultServer(tls=tls_for(authority)) as server:
            assert failure(transport, f"{server.url}/", headers={"Authorization": "Basic s3cr3t"}) == (
                "tls",
                False,
                True,
            )
        assert server.seen == []

    @pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
    def test_the_bundle_in_the_environment_vouches_for_it(
        self,
        transport: Transport,
        authority: trustme.CA,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        variable: str,
    ) -> None:
        authority.cert_pem.write_to_path(str(tmp_path / "company.pem"))
        monkeypatch.setenv(variable, str(tmp_path / "company.pem"))
        with FaultServer(tls=tls_for(authority)) as server:
            assert [post(transport, f"{server.url}/").status for _ in range(2)] == [200, 200]
        assert server.connections == 1

    def test_a_certificate_of_another_host_is_refused(
        self, transport: Transport, authority: trustme.CA, trust: Callable[[], None]
    ) -> None:
        trust()
        with FaultServer(tls=tls_for(authority, "other.example")) as server:
            assert failure(transport, f"{server.url}/") == ("tls", False, True)

    def test_the_reason_says_what_is_wrong_with_the_certificate(
        self, transport: Transport, authority: trustme.CA
    ) -> None:
        with FaultServer(tls=tls_for(authority)) as server, pytest.raises(NoAnswer, match="unable to get local issuer"):
            post(transport, f"{server.url}/")

    @pytest.mark.parametrize(
        ("greeting", "kind", "lasting"),
        [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "tls", True), (b"", "connection", False)],
        ids=["a server without TLS", "a server that goes away"],
    )
    def test_no_greeting_comes_about(self, transport: Transport, greeting: bytes, kind: str, lasting: bool) -> None:
        def greet(listener: socket.socket) -> None:
            sock, _ = listener.accept()
            with sock:
                sock.recv(10_000)
                sock.sendall(greeting)

        with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as threads:
            threads.submit(greet, listener)
            got = failure(transport, f"https://127.0.0.1:{listener.getsockname()[1]}/")
        assert (got[0], got[2]) == (kind, lasting)

    @pytest.mark.parametrize("content", [None, "no certificate"], ids=["missing", "no PEM"])
    def test_a_bundle_that_cannot_be_read_is_named(
        self,
        transport: Transport,
        authority: trustme.CA,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        content: str | None,
    ) -> None:
        if content is not None:
            (tmp_path / "company.pem").write_text(content)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "company.pem"))
        with FaultServer(tls=tls_for(authority)) as server:
            assert failure(transport, f"{server.url}/") == ("tls", False, True)


class TestProxies:
    def test_plain_http_goes_through_the_proxy(self, transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
        with FaultServer(answer(b"from the proxy")) as proxy:
            monkeypatch.setenv("HTTP_PROXY", f"http://someone:pass%20word@127.0.0.1:{proxy.port}")
            got = post(transport, "http://segment.invalid/v1/track?a=b")
        assert got.body == b"from the proxy"
        assert proxy.seen[0].target == "http://segment.invalid/v1/track?a=b"
        assert (
            proxy.seen[0].headers["proxy-authorization"] == f"Basic {base64.b64encode(b'someone:pass word').decode()}"
        )

    def test_several_servers_are_behind_one_proxy(self, transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
        with FaultServer() as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            for host in ("one.invalid", "two.invalid", "one.invalid"):
                assert post(transport, f"http://{host}/").status == 200
        assert [seen.headers["host"] for seen in proxy.seen] == ["one.invalid", "two.invalid", "one.invalid"]

    @pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
    def test_https_goes_through_a_tunnel_that_sees_no_secret(
        self,
        transport: Transport,
        authority: trustme.CA,
        trust: Callable[[], None],
        monkeypatch: pytest.MonkeyPatch,
        variable: str,
    ) -> None:
        trust()
        with FaultServer(tls=tls_for(authority)) as server, FaultServer(tunnelling) as proxy:
            monkeypatch.setenv(variable, proxy.url)
            for _ in range(2):
                assert post(transport, f"{server.url}/", headers={"Authorization": "Basic s3cr3t"}).status == 200
        assert [(seen.method, seen.target) for seen in proxy.seen] == [("CONNECT", f"127.0.0.1:{server.port}")]
        assert "authorization" not in proxy.seen[0].headers
        assert [seen.headers["authorization"] for seen in server.seen] == ["Basic s3cr3t"] * 2

    @pytest.mark.parametrize("listed", ["127.0.0.1", "example.com, 127.0.0.1", "127.0.0.0/8", "*"])
    def test_a_host_in_no_proxy_is_reached_directly(
        self, transport: Transport, monkeypatch: pytest.MonkeyPatch, listed: str
    ) -> None:
        with FaultServer() as server, FaultServer() as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            monkeypatch.setenv("NO_PROXY", listed)
            post(transport, f"{server.url}/")
        assert (len(server.seen), len(proxy.seen)) == (1, 0)

    def test_a_proxy_that_is_away(self, transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_port()}")
        with pytest.raises(NoAnswer, match=r"^Connection refused$") as caught:
            post(transport, "http://segment.invalid/")
        assert (caught.value.kind, caught.value.sent, caught.value.lasting) == ("proxy", False, False)

    def test_a_proxy_that_wants_a_password(self, transport: Transport, monkeypatch: pytest.MonkeyPatch) -> None:
        with FaultServer(answer(status=407)) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            with pytest.raises(NoAnswer, match="407") as caught:
                post(transport, "https://segment.invalid/")
        assert (caught.value.kind, caught.value.sent) == ("proxy", False)

    def test_a_proxy_that_goes_away_may_have_passed_the_request_on(
        self, transport: Transport, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with FaultServer(then_close(b"")) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            with pytest.raises(NoAnswer) as caught:
                post(transport, "http://segment.invalid/")
        assert caught.value.sent

    @pytest.mark.parametrize(
        "proxy", ["socks5://127.0.0.1:1", "foo://127.0.0.1:1", "http://", "http://u:s3cr3t@a..b:1"]
    )
    def test_a_proxy_that_cannot_be_one_is_not_tried_again(
        self, transport: Transport, monkeypatch: pytest.MonkeyPatch, proxy: str
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        with pytest.raises(NoAnswer) as caught:
            post(transport, "http://segment.invalid/")
        assert (caught.value.sent, caught.value.lasting) == (False, True)
        assert "s3cr3t" not in caught.value.reason

    def test_the_environment_is_asked_once_per_server(
        self, transport: Transport, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = []
        merge = requests.Session.merge_environment_settings

        def counted(session: requests.Session, url: Any, *args: Any) -> Any:
            asked.append(url)
            return merge(session, url, *args)

        monkeypatch.setattr(requests.Session, "merge_environment_settings", counted)
        with FaultServer() as one, FaultServer() as two:
            for server, path in itertools.product((one, two), ("/a", "/b?c=d", "/a")):
                post(transport, server.url + path)
        assert asked == [one.url, two.url]


def test_a_function_can_stand_in_for_the_transport() -> None:
    from segment_connector import Connector

    sent = []

    def send(method: str, url: str, headers: Any, content: bytes | None, timeout: Timeout, max_bytes: int) -> Response:
        sent.append((method, url, json.loads(content or b"null")["event"], timeout.connect > 0, max_bytes > 0))
        return Response(200, {}, b'{"success": true}')

    connector = Connector.load(send=send)
    assert connector.run("track", {"event": "Seen", "userId": "u-1"}, {"writeKey": "key-1234"}).ok
    assert sent == [("POST", "https://api.segment.io/v1/track", "Seen", True, True)]
