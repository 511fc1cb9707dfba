"""A request as a person may see it: every secret is masked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ...call.caller import Caller
    from ...call.request import Request
    from ...http.auth import Scheme


def shown_request(caller: Caller, request: Request) -> dict[str, Any]:
    """Method, URL, headers and body as they will be sent, with every secret masked."""
    scheme = scheme_of(caller, request)
    return request.to_dict(scheme.shown() if scheme else None)


def scheme_of(caller: Caller, request: Request) -> Scheme | None:
    """How the request is signed; without a credential in the connection, the plainest way there is."""
    ways = caller.spec.apis[request.api].auth
    name = request.scheme or (ways[-1] if ways else None)
    return caller.schemes[name] if name else None
