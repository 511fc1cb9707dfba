"""No answer ever reaches another call: what servers do between, before and after answers, over real sockets.

What a server says unasked while a request is under way cannot be told from its answer by anybody. Everything here can:
it comes before a request, with an answer's last byte or after it, or breaks the rules by which answers end.
"""

from __future__ import annotations

import base64
import gzip
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme
from faultserver import FaultServer, Peer, Reply, Seen, answer, plain_environment, tunnelling
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from urllib3.util.wait import wait_for_read

from segment_connector import Connector
from segment_connector.http import http_connection
from segment_connector.http.transport import NoAnswer, Response, Transport
from segment_connector.language.connector_records import Timeout

LIMITS = Timeout(connect=5, read=5, total=10)
CHUNKED = {"Transfer-Encoding": "chunked"}
STRAY = answer(b"somebody else's")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    plain_environment(monkeypatch)


@pytest.fixture
def transport() -> Iterator[Transport]:
    with closing(Transport()) as made:
        yield made


def post(transport: Transport, url: str, tag: str = "", content: bytes = b"{}", method: str = "POST") -> Response:
    headers = {"X-Tag": tag, "Authorization": f"Basic {tag}"}
    return transport(method, url + "/", headers, content, LIMITS, 1_000_000)


def echo(seen: Seen, _peer: Peer) -> bytes:
    return answer(seen.headers["x-tag"].encode())


def interim(*statuses: int, headers: str = "") -> bytes:
    return b"".join(f"HTTP/1.1 {status} Soon\r\n{headers}\r\n".encode() for status in statuses)


class TestInterimAnswers:
    def test_an_answer_that_comes_after_early_hints_reaches_who_asked(self, transport: Transport) -> None:
        def slowly(seen: Seen, peer: Peer) -> bytes:
            peer.send(interim(103, headers="Link: </style.css>; rel=preload\r\n"))
            peer.wait(0.3)
            return echo(seen, peer)

        with FaultServer(slowly) as server:
            for tag in ("a", "b"):
                got = post(transport, server.url, tag)
                assert (got.status, got.body) == (200, tag.encode())
        assert server.connections == 1

    def test_two_credentials_each_get_their_own(self) -> None:
        def slowly(seen: Seen, peer: Peer) -> bytes:
            key = base64.b64decode(seen.headers["authorization"].removeprefix("Basic ")).decode().rstrip(":")
            peer.send(interim(103))
            peer.wait(0.3)
            return answer({"success": False, "message": f"for {key}"})

        with FaultServer(slowly) as server:
            connector = Connector.load()
            for key in ("key-of-a-1234", "key-of-b-1234"):
                connection = {"writeKey": key, "servers": {"tracking": server.url}}
                result = connector.run("track", {"event": "Seen", "userId": "u-1"}, connection)
                assert result.error is not None
                assert (result.error.code, result.error.status) == ("refused", 200)
                assert result.error.message.endswith("for ********")  # of another's key nothing would be hidden

    @pytest.mark.parametrize(
        "statuses", [(100,), (102,), (103,), (199,), (103, 103), (100, 102, 103, 100), (102,) * 99], ids=str
    )
    @pytest.mark.parametrize("headers", ["", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"])
    def test_they_are_read_past(self, transport: Transport, statuses: tuple[int, ...], headers: str) -> None:
        def reply(seen: Seen, peer: Peer) -> bytes:
            return interim(*statuses, headers=headers) + echo(seen, peer)

        with FaultServer(reply) as server:
            assert [post(transport, server.url, tag).body for tag in "ab"] == [b"a", b"b"]
        assert server.connections == 1

    def test_there_is_an_end_to_them(self, transport: Transport) -> None:
        with FaultServer(interim(103) * 100 + STRAY, echo) as server:
            with pytest.raises(NoAnswer, match="more than 100 interim answers") as caught:
                post(transport, server.url, "a")
            assert (caught.value.kind, caught.value.sent, caught.value.lasting) == ("broken_answer", True, False)
            assert post(transport, server.url, "b").body == b"b"

    def test_nobody_asked_for_another_protocol(self, transport: Transport) -> None:
        with FaultServer(interim(101, headers="Upgrade: h2c\r\n") + STRAY, echo) as server:
            with pytest.raises(NoAnswer, match="protocol that nobody asked for") as caught:
                post(transport, server.url, "a")
            assert (caught.value.kind, caught.value.sent, caught.value.lasting) == ("broken_answer", True, False)
            assert post(transport, server.url, "b").body == b"b"
        assert server.connections == 2

    def test_a_proxy_may_send_them_before_its_tunnel(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        def patiently(seen: Seen, peer: Peer) -> None:
            peer.send(interim(100, 103))
            tunnelling(seen, peer)

        with served(monkeypatch, tmp_path, echo) as (server, transport), FaultServer(patiently) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            assert [post(transport, server.url, tag).body for tag in "ab"] == [b"a", b"b"]
        assert (server.connections, proxy.connections) == (1, 1)


@contextmanager
def served(
    monkeypatch: pytest.MonkeyPatch, folder: Path, *replies: Reply, secure: bool = True, early: bytes = b""
) -> Iterator[tuple[FaultServer, Transport]]:
    """A server whose certificate the environment vouches for, and a transport."""
    authority = trustme.CA(key_type=trustme.KeyType.ECDSA)
    authority.cert_pem.write_to_path(str(folder / "company.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(folder / "company.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    tls = context if secure else None
    with FaultServer(*replies, tls=tls, early=early) as server, closing(Transport()) as transport:
        yield server, transport


# What leaves a connection in doubt although the answer itself is whole: it is given, and the connection closed.
IN_DOUBT: dict[str, bytes] = {
    "another answer behind it": answer(b"mine") + STRAY,
    "many answers behind it": answer(b"mine") + STRAY * 1000,
    "a byte behind it": answer(b"mine") + b"x",
    "a line behind it": answer(b"mine") + b"\r\n",
    "a wrong length": answer(b"mine" + STRAY, length=4),
    "something behind the last chunk": answer(b"4\r\nmine\r\n0\r\n\r\n" + STRAY, length=-1, headers=CHUNKED),
    "something behind a packed body": answer(gzip.compress(b"mine"), headers={"Content-Encoding": "gzip"}) + STRAY,
    "HTTP/1.0": answer(b"mine").replace(b"HTTP/1.1", b"HTTP/1.0"),
    "it says that it will close": answer(b"mine", headers={"Connection": "close"}),
    "it says so the second time": answer(b"mine", headers={"Connection": "keep-alive", "connection": "close"}),
    "408": answer(b"mine", 408),
    "413": answer(b"mine", 413),
    "414": answer(b"mine", 414),
    "417": answer(b"mine", 417),
    "431": answer(b"mine", 431),
}
BODILESS: dict[str, tuple[str, bytes]] = {
    "204 with a body": ("POST", answer(STRAY, 204)),
    "204 with chunks": ("POST", answer(b"4\r\nmine\r\n0\r\n\r\n", 204, CHUNKED, length=-1)),
    "204 that announces one": ("POST", answer(b"", 204, length=5)),
    "204 and a body that it does not announce": ("POST", answer(STRAY, 204, length=-1)),
    "304 with a body": ("GET", answer(STRAY, 304)),
    "HEAD with a body": ("HEAD", answer(STRAY)),
    "no length and a body": ("POST", answer(STRAY, length=0)),
}
# A fault of the framing that makes the body itself doubtful.
FAULTS: dict[str, tuple[bytes, str]] = {
    "a length and chunks": (answer(b"4\r\nmine\r\n0\r\n\r\n", headers=CHUNKED), "both"),
    "chunks and a length of none": (answer(b"4\r\nmine\r\n0\r\n\r\n", headers=CHUNKED, length=0), "both"),
    "two lengths": (answer(b"mine" + STRAY, length=4, headers={"content-length": "9"}), "two lengths"),
    "two lengths in one": (answer(b"mine", length=-1, headers={"Content-Length": "4, 9"}), "two lengths"),
    **{
        f"a length of {length!r}": (answer(b"mine", length=-1, headers={"Content-Length": length}), "not a number")
        for length in ("-4", "+4", "4_0", "0x4", "4.0", "four", "", "\xb2", "9" * 20)
    },
    **{
        f"coded as {coding!r}": (answer(b"4\r\nmine\r\n0\r\n\r\n", length=-1, headers={"Transfer-Encoding": coding}),
                                 "not chunked alone")
        for coding in ("gzip, chunked", "chunked, gzip", "gzip", "identity", "chunked, chunked", "xchunked", "")
    },
    "coded twice": (
        answer(b"4\r\nmine\r\n0\r\n\r\n", length=-1, headers={**CHUNKED, "transfer-encoding": "chunked"}), "alone",
    ),
    "chunks of HTTP/1.0": (
        answer(b"4\r\nmine\r\n0\r\n\r\n", length=-1, headers=CHUNKED).replace(b"HTTP/1.1", b"HTTP/1.0"), "alone",
    ),
    **{
        f"a chunk of {size!r}": (answer(size + b"\r\nmine\r\n0\r\n\r\n", length=-1, headers=CHUNKED), "no size")
        for size in (b"-4", b"+4", b"0x4", b"4_0", b"", b" 4", b"4 4", b"4" * 17)
    },
    "a chunk that is too long": (answer(b"4\r\nmine5\r\n0\r\n\r\n", length=-1, headers=CHUNKED), "longer than"),
    "a space before a colon": (answer(b"mine", headers={"Content-Type ": "text/plain"}), "is not a header"),
    "a line without a colon": (answer(b"mine").replace(b"\r\n", b"\r\nwhat\r\n", 1), "is not a header"),
    "a line that goes on from nothing": (answer(b"mine").replace(b"\r\n", b"\r\n X: y\r\n", 1), "is not a header"),
}  # fmt: skip


class TestConnectionsInDoubt:
    @pytest.mark.parametrize("reply", IN_DOUBT.values(), ids=IN_DOUBT)
    def test_the_answer_is_given_and_the_connection_is_not_used_again(self, transport: Transport, reply: bytes) -> None:
        with FaultServer(reply, echo) as server:
            assert post(transport, server.url, "a").body == b"mine"
            assert post(transport, server.url, "b").body == b"b"
        assert [seen.connection for seen in server.seen] == [0, 1]

    @pytest.mark.parametrize(("method", "reply"), BODILESS.values(), ids=BODILESS)
    def test_an_answer_that_can_have_no_body_has_none(self, transport: Transport, method: str, reply: bytes) -> None:
        with FaultServer(reply, echo) as server:
            assert post(transport, server.url, "a", method=method).body == b""
            assert post(transport, server.url, "b").body == b"b"
        assert [seen.connection for seen in server.seen] == [0, 1]

    @pytest.mark.parametrize(("reply", "reason"), FAULTS.values(), ids=FAULTS)
    def test_a_framing_fault_is_a_broken_answer(self, transport: Transport, reply: bytes, reason: str) -> None:
        with FaultServer(reply, echo) as server:
            with pytest.raises(NoAnswer, match=reason) as caught:
                post(transport, server.url, "a")
            assert (caught.value.kind, caught.value.sent, caught.value.lasting) == ("broken_answer", True, False)
            assert post(transport, server.url, "b").body == b"b"
        assert [seen.connection for seen in server.seen] == [0, 1]

    @pytest.mark.parametrize("headers", [{"content-length": "4"}, {"content-length": "4, 4"}, {}])
    def test_the_same_length_said_again_is_one_length(self, transport: Transport, headers: dict[str, str]) -> None:
        with FaultServer(answer(b"mine", headers=headers)) as server:
            assert [post(transport, server.url).body for _ in range(2)] == [b"mine", b"mine"]

    def test_multipart_in_an_answer_is_no_fault(self, transport: Transport) -> None:
        with FaultServer(answer(b"mine", headers={"Content-Type": "multipart/mixed; boundary=x"})) as server:
            assert [post(transport, server.url).body for _ in range(2)] == [b"mine", b"mine"]
        assert server.connections == 1

    @pytest.mark.parametrize("late", [STRAY, b"x", b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"])
    def test_what_comes_while_it_waits_to_be_used_is_nobodys(self, transport: Transport, late: bytes) -> None:
        def later(seen: Seen, peer: Peer) -> bytes:
            threading.Timer(0.05, peer.send, [late]).start()
            return echo(seen, peer)

        with FaultServer(later, echo) as server:
            assert post(transport, server.url, "a").body == b"a"
            time.sleep(0.15)
            assert post(transport, server.url, "b").body == b"b"
        assert [seen.connection for seen in server.seen] == [0, 1]

    def test_what_tls_has_unpacked_already_counts(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        # One record: its last byte is neither in the socket nor in the reader, which asked for the answer alone.
        with served(monkeypatch, tmp_path, answer(b"x" * 16_000) + b"y", echo) as (server, transport):
            assert post(transport, server.url, "a").body == b"x" * 16_000
            assert post(transport, server.url, "b").body == b"b"
        assert [seen.connection for seen in server.seen] == [0, 1]

    def test_a_server_that_speaks_first_is_sent_no_credential(
        self, transport: Transport, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        got: list[bytes] = []

        def serve(listener: socket.socket) -> None:
            sock, _ = listener.accept()
            with sock:
                sock.sendall(STRAY)
                with suppress(ConnectionResetError):
                    got.append(sock.recv(65536))

        # It is given the time to speak.
        monkeypatch.setattr(http_connection, "wait_for_read", lambda sock, _timeout: wait_for_read(sock, 5))
        with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as threads:
            serving = threads.submit(serve, listener)
            with pytest.raises(NoAnswer, match=r"^it sent data before it was asked$") as caught:
                post(transport, f"http://127.0.0.1:{listener.getsockname()[1]}", "s3cr3t")
            serving.result(10)
        assert (caught.value.kind, caught.value.sent, caught.value.lasting) == ("connection", False, False)
        assert not b"".join(got)

    @pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
    def test_an_answer_before_the_body_was_sent_ends_the_connection(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, secure: bool
    ) -> None:
        # More than the system holds between the two: the last of it is sent when the server has answered.
        large = bytes(20_000_000)
        with served(monkeypatch, tmp_path, echo, secure=secure, early=answer(b"mine")) as (server, transport):
            assert post(transport, server.url, "a", large).body == b"mine"
            assert post(transport, server.url, "b", large).body == b"b"
            assert post(transport, server.url, "c", large).body == b"c"
        # What a server of TLS says of its own accord before the first answer is none.
        assert [seen.connection for seen in server.seen if seen.headers["x-tag"] != "a"] == [1, 1]

    def test_a_proxy_that_says_more_than_that_its_tunnel_is_open(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        talkative = answer(b"", length=-1) + STRAY
        with served(monkeypatch, tmp_path, echo) as (server, transport), FaultServer(talkative) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            with pytest.raises(NoAnswer, match=r"^it said more than that its tunnel is open$") as caught:
                post(transport, server.url, "s3cr3t")
        assert (caught.value.kind, caught.value.sent, caught.value.lasting) == ("proxy", False, False)
        assert server.seen == []

    def test_a_server_that_hangs_up_within_the_body_may_have_answered(self, transport: Transport) -> None:
        def serve(listener: socket.socket) -> None:
            sock, _ = listener.accept()
            with sock:
                sock.recv(1000)
                sock.sendall(answer(b"mine", 403))
                sock.shutdown(socket.SHUT_WR)
                while sock.recv(1 << 20):
                    pass

        with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as threads:
            serving = threads.submit(serve, listener)
            got = post(transport, f"http://127.0.0.1:{listener.getsockname()[1]}", "a", bytes(20_000_000))
            assert (got.status, got.body) == (403, b"mine")
            serving.result(10)  # the connection was closed, not kept


@dataclass(frozen=True)
class Script:
    """What a server does with one request.

    :ivar interim: statuses before the answer.
    :ivar framing: how the answer ends.
    :ivar behind: bytes that follow at once.
    :ivar cut: where the answer's head is cut in two.
    :ivar hang_up: whether the server then closes without a word.

    A server that is out of step answers the next request on its connection with what it owes to nobody.
    """

    interim: tuple[int, ...]
    framing: str
    behind: bytes
    cut: int
    hang_up: bool

    def play(self, tag: bytes, peer: Peer, out_of_step: set[socket.socket]) -> bytes | None:
        content = interim(*self.interim) + framed(self.framing, tag) + self.behind
        if peer.sock in out_of_step:
            content = STRAY + content
        if self.behind or self.framing in ("204", "413"):
            out_of_step.add(peer.sock)
        cut = min(self.cut, len(content) - len(self.behind) - 1)
        if self.cut:
            peer.send(content[:cut])
            content = content[cut:]
        peer.send(content)
        return None if self.hang_up or self.framing == "until it closes" else b""


def framed(how: str, tag: bytes) -> bytes:
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in tag) + b"0\r\n\r\n"
    match how:
        case "chunks":
            return answer(chunks, length=-1, headers=CHUNKED)
        case "gzip":
            return answer(gzip.compress(tag), headers={"Content-Encoding": "gzip"})
        case "HTTP/1.0":
            return answer(tag).replace(b"HTTP/1.1", b"HTTP/1.0")
        case "until it closes":
            return answer(tag, length=-1)
        case "too short a length":
            return answer(tag, length=len(tag) - 1)
        case "both":
            return answer(chunks, headers=CHUNKED)
        case "two lengths":
            return answer(tag, headers={"content-length": "1"})
        case "no chunk":
            return answer(b"-1\r\n" + chunks, length=-1, headers=CHUNKED)
        case "204":
            return answer(b"", 204, length=len(tag))
        case "413":
            return answer(tag, 413)
        case _:
            return answer(tag)


WHOLE = ["length", "chunks", "gzip", "HTTP/1.0"]
scripts = st.builds(
    Script,
    st.lists(st.sampled_from([100, 102, 103]), max_size=3).map(tuple),
    st.sampled_from(
        [*WHOLE, "until it closes", "too short a length", "both", "two lengths", "no chunk", "204", "413"],
    ),
    st.sampled_from([b"", b"", STRAY, STRAY * 2, STRAY[:-3], b"HTTP/1.1 200 OK\r\n", b"x", b"\r\n"]),
    st.integers(0, 90),
    st.booleans(),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(scripts, min_size=2, max_size=16), st.integers(1, 4))
def test_no_answer_ever_reaches_another_call(played: list[Script], threads: int) -> None:
    out_of_step: set[socket.socket] = set()

    def reply(seen: Seen, peer: Peer) -> bytes | None:
        number = int(seen.headers["x-tag"])
        return played[number].play(tag_of(number), peer, out_of_step)

    def tag_of(number: int) -> bytes:
        return b"the answer to %d" % number

    def call(number: int) -> Response | NoAnswer:
        try:
            return post(transport, server.url, str(number))
        except NoAnswer as failure:
            return failure

    with FaultServer(reply) as server, closing(Transport()) as transport, ThreadPoolExecutor(threads) as pool:
        results = list(pool.map(call, range(len(played))))
    for number, (script, result) in enumerate(zip(played, results, strict=True)):
        if isinstance(result, Response):
            allowed = {
                "too short a length": tag_of(number)[:-1],
                "204": b"",
                "until it closes": tag_of(number) + script.behind,
            }
            assert result.body == allowed.get(script.framing, tag_of(number))
        else:
            # Who closes without a word may take the next request with it; else only who broke the rules has no answer.
            assert script.framing in ("both", "two lengths", "no chunk") or any(one.hang_up for one in played)
