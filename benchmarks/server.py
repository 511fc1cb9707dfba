"""A server that is never the bottleneck: it reads a request, answers 200 with fixed bytes, and does nothing else.

Run as a script, with the seconds that each answer takes, it prints its port, serves until its standard input closes,
and prints the seconds of CPU that this took. Bodies are thrown away by the system, which copies them nowhere.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_BODY = b'{"success":true}'
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(_BODY), _BODY)


_ROOM = 1 << 20


def _serve(connection: socket.socket, delay: float) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    room = bytearray(_ROOM)
    data = b""
    with connection:
        while True:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                chunk = connection.recv(16_384)
                if not chunk:
                    return
                data += chunk
                continue
            head = data[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            left = end + 4 + length - len(data)
            while left > 0:
                passed = connection.recv_into(room, min(left, _ROOM), socket.MSG_TRUNC | socket.MSG_WAITALL)
                if not passed:
                    return
                left -= passed
            data = data[end + 4 + length :]
            if delay:
                time.sleep(delay)  # of this connection's thread
            connection.sendall(_ANSWER)


def _main(delay: float) -> None:
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listener.getsockname()[1], flush=True)

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_serve, args=(connection, delay), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()
    print(time.process_time(), flush=True)


@contextmanager
def running(delay: float = 0.0, cpu: list[float] | None = None) -> Iterator[str]:
    """The base URL of a server in a process of its own, for as long as the block lasts.

    :param delay: seconds that each answer takes; others need not wait for it.
    :param cpu: gets the seconds of CPU that the server took.
    """
    command = [sys.executable, __file__, str(delay)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin
    assert process.stdout
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.stdin.close()
        used = process.stdout.readline()
        if cpu is not None:
            cpu.append(float(used))
        process.stdout.close()
        process.wait(10)


if __name__ == "__main__":
    _main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.0)
