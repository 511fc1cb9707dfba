"""The ways to sign a request, one in a file; a new one is a class of its own that is listed here."""

from __future__ import annotations

from collections.abc import Mapping

from ...errors import SpecError, known_names
from ...language.connector_records import ConnectorSpec
from ...language.records import build
from .api_key import ApiKey
from .basic import Basic
from .bearer import Bearer
from .oauth2 import OAuth2
from .scheme import Credential, NoToken, Scheme

SCHEMES: Mapping[str, type[Scheme]] = {kind.type: kind for kind in (ApiKey, Basic, Bearer, OAuth2)}
"""Every kind of scheme, by the word for it in ``auth.<name>.type``."""


def schemes_of(spec: ConnectorSpec) -> dict[str, Scheme]:
    """The schemes under ``auth`` of a connector, by name; each call makes new ones, with no tokens yet.

    :raises SpecError: for a kind that there is not, and for members that the kind does not have or cannot do without.
    """
    found: dict[str, Scheme] = {}
    for name, described in spec.auth.items():
        place, members = f"auth.{name}", dict(described)
        word = members.pop("type", None)
        kind = SCHEMES.get(word) if isinstance(word, str) else None
        if kind is None:
            message = f"no request is signed by '{word}'" if word is not None else "'type' is missing"
            hint = known_names(str(word), SCHEMES)
            raise SpecError.of("enum", message, hint, field=f"{place}.type", path=spec.path)
        scheme = found[name] = build(kind, members, spec.path, place, id=name)
        if (misfit := scheme.misfit()) is not None:
            member, message, hint = misfit
            raise SpecError.of("auth", message, hint, field=f"{place}.{member}", path=spec.path)
        api = scheme.fetched_from
        if api is not None and api not in spec.apis:
            hint = known_names(api, spec.apis)
            message = f"'{api}' is not described in this file"
            raise SpecError.of("unknown_name", message, hint, field=f"{place}.api", path=spec.path)
    return found


__all__ = ["SCHEMES", "Credential", "NoToken", "Scheme", "schemes_of"]
