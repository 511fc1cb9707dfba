"""A planned request as a ``curl`` command for a POSIX shell, with environment variables in place of credentials."""

from __future__ import annotations

import re
import shlex
import uuid
from typing import Any

import orjson

from ..language.connector_records import AuthScheme, ConnectorSpec
from ..redact import redact
from .request import Request

_TOKEN_VARIABLE = "ACCESS_TOKEN"  # noqa: S105 - a name, not a secret
# Linux takes 128 KiB for one argument; a body near that goes through a pipe, where there is no limit.
_LONGEST_ARGUMENT = 100_000


def curl_command(spec: ConnectorSpec, request: Request, scheme: AuthScheme | None) -> str:
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
    parts.extend(_credential(spec, scheme))
    pipe = ""
    if request.content is not None:
        body = _body(spec, shown["body"], scheme)
        if len(body.encode()) > _LONGEST_ARGUMENT:
            pipe = f"printf '%s' {body} |\n"
            parts.append(["--data-binary", "@-"])
        else:
            parts.append(["--data-raw", body])
    elif request.method in ("POST", "PUT", "PATCH"):
        parts.append(["--header", "'Content-Length: 0'"])
    command = " \\\n  ".join(" ".join(part) for part in parts)
    return f"{_comment(spec, scheme)}{pipe}curl {command}"


def _credential(spec: ConnectorSpec, scheme: AuthScheme | None) -> list[list[str]]:
    if scheme is None:
        return []
    if scheme.type == "basic":
        return [["--user", f'"${_variable(spec, scheme.username)}:"']]
    if scheme.type == "bearer":
        return [["--header", f'"Authorization: Bearer ${_variable(spec, scheme.token)}"']]
    if scheme.type == "oauth":
        return [["--header", f'"Authorization: Bearer ${_TOKEN_VARIABLE}"']]
    return []


def _body(spec: ConnectorSpec, body: Any, scheme: AuthScheme | None) -> str:
    """The body quoted for a shell; where signing adds a secret member, the quotes open for its variable."""
    if scheme is None or not scheme.body or not isinstance(body, dict):
        return shlex.quote(orjson.dumps(body).decode())
    marks = {uuid.uuid4().hex: _variable(spec, name) for name in scheme.body.values()}
    spliced = orjson.dumps({**body, **dict(zip(scheme.body, marks, strict=True))}).decode()
    pieces = re.split(f"({'|'.join(marks)})", spliced)
    return "".join(f'"${marks[piece]}"' if piece in marks else shlex.quote(piece) for piece in pieces)


def _comment(spec: ConnectorSpec, scheme: AuthScheme | None) -> str:
    if scheme is None or scheme.type != "oauth":
        return ""
    api = spec.apis[scheme.api or ""]
    return f"# {_TOKEN_VARIABLE} is an access token of the {api.title} (POST {scheme.path})\n"


def _variable(spec: ConnectorSpec, name: str | None) -> str:
    """The environment variable for a member of the connection; one is made of its name when the spec names none."""
    found = spec.variable_of(name)
    return found or re.sub(r"(?<=[a-z0-9])(?=[A-Z])|\W", "_", name or "").upper()
