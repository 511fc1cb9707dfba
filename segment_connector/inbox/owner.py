"""Who hands items on: a name for each process, by which others of its machine can tell whether it lives."""

from __future__ import annotations

import os
import secrets
import socket


def new_owner() -> str:
    """A name for something in this process."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def is_gone(owner: str) -> bool:
    """Whether the process of an owner has certainly ended; of other machines nothing is known."""
    host, _, rest = owner.rpartition(":")[0].rpartition(":")
    if os.name == "nt" or host != socket.gethostname() or not rest.isdecimal():
        return False  # Windows has no signal that only asks
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
