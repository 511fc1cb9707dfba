"""A planned request as a ``curl`` command for a POSIX shell, with environment variables in place of credentials."""

from __future__ import annotations

import re
import shlex
import uuid
from typing import Any

from ..http.auth import Scheme
from ..http.syntax import FORM
from ..language.connector_records import ConnectorSpec
from ..redact import redact
from .request import Request

# Linux takes 128 KiB for one argument; a body near that goes through a pipe, where there is no limit.
_LONGEST_ARGUMENT = 100_000


def curl_command(spec: ConnectorSpec, request: Request, scheme: Scheme | None) -> str:
    """The command that sends a request, with a comment above it where a variable needs an explanation.

    :param scheme: how the request is signed; each secret becomes the environment variable of the connection property.
    :returns: lines for a POSIX shell; secrets in other parts of the request are masked.
    """
    shown = redact({"url": request.url, "headers": dict(request.headers), "body": request.body}, request.secrets)
    parts = [["--request", request.method] if request.method != "HEAD" else ["--head"]]
    if set("[]{}") & set(shown["url"]):
        parts.append(["--globoff"])
    parts.append([shlex.quote(shown["url"])])
    # curl drops a header that ends in ':' and sends it empty when it ends in ';'.
    parts.extend(
        ["--header", shlex.quote(f"{name}: {value}" if value else f"{name};")]
        for name, value in shown["headers"].items()
    )
    if scheme is not None:
        parts.extend(scheme.options(lambda name: f"${_variable(spec, name)}"))
    pipe = ""
    if request.content is not None:
        body = _body(spec, request, shown["body"], scheme)
        if len(body.encode()) > _LONGEST_ARGUMENT:
            pipe = f"printf '%s' {body} |\n"
            parts.append(["--data-binary", "@-"])
        else:
            parts.append(["--data-raw", body])
        if request.writing.content == FORM and scheme is not None:
            added = scheme.added(lambda name: f"${_variable(spec, name)}").body
            parts.extend(["--data-urlencode", f'"{name}={value}"'] for name, value in added.items())
    elif request.method in ("POST", "PUT", "PATCH"):
        parts.append(["--header", "'Content-Length: 0'"])
    command = " \\\n  ".join(" ".join(part) for part in parts)
    return f"{_comment(spec, scheme)}{pipe}curl {command}"


def _body(spec: ConnectorSpec, request: Request, body: Any, scheme: Scheme | None) -> str:
    """The body quoted for a shell; where signing adds a secret member, the quotes open for its variable."""
    marks: dict[str, str] = {}

    def mark(name: str) -> str:
        marks[found := uuid.uuid4().hex] = _variable(spec, name)
        return found

    if scheme is not None and isinstance(body, dict) and request.writing.content != FORM:
        body = {**body, **scheme.added(mark).body}
    text = request.writing.body(body).decode()
    if not marks:
        return shlex.quote(text)
    pieces = re.split(f"({'|'.join(marks)})", text)
    return "".join(f'"${marks[piece]}"' if piece in marks else shlex.quote(piece) for piece in pieces if piece)


def _comment(spec: ConnectorSpec, scheme: Scheme | None) -> str:
    api = spec.apis.get(scheme.fetched_from or "") if scheme is not None else None
    return f"# {scheme.remark(api.title)}\n" if scheme is not None and api is not None else ""


def _variable(spec: ConnectorSpec, name: str | None) -> str:
    """The environment variable for a member of the connection; one is made of its name when the spec names none."""
    found = spec.variable_of(name)
    return found or re.sub(r"(?<=[a-z0-9])(?=[A-Z])|\W", "_", name or "").upper()
