"""``apiProperties.json``: what a connection asks for, and where requests go by what was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ...language.connector_records import Api
from ...language.specs import Specs
from ..export import ExportOptions
from .definition import address
from .direct_definition import signing
from .swagger_schemas import sentences, title_case

BRAND = "#1f7a5c"
_REGION, _HOST = "region", "address"


def service_properties(options: ExportOptions) -> dict[str, Any]:
    """For a connector that calls ``serve``: its address and its token."""
    reached = address(options)
    said = f"Where the service is reached from the internet, without {reached.scheme}://, for example {reached.netloc}."
    where = "The token of the service, which its start-up link and the file of --token-file hold."
    parameters = {
        "token": _asked("Token", where, secret=True, index=1),
        _HOST: _asked("Address", said, index=2),
    }
    return _properties(parameters, [_host(f"{reached.scheme}://@connectionParameters('{_HOST}')"), _bearer()])


def direct_properties(specs: Specs, api: Api) -> dict[str, Any]:
    """For a connector that calls the API itself: what signs requests, and the region."""
    scheme, credential = signing(specs, api)
    kind = scheme["type"] if scheme is not None else ""
    known = specs.connector.connection.properties
    parameters: dict[str, Any] = {}
    policies: list[dict[str, Any]] = []
    if kind == "basic":
        parameters["username"] = _of(known[credential], index=1)
        password = _asked("Password", "Leave it empty.", secret=True, index=2)
        password["uiDefinition"]["constraints"]["required"] = "false"
        parameters["password"] = password
    elif kind == "bearer":
        parameters["token"] = _of(known[credential], index=1)
        policies.append(_bearer())
    elif kind == "apiKey":
        parameters["api_key"] = _of(known[credential], index=1)
    regions = {name: urlsplit(url).netloc for name, url in api.by_region.items()}
    if len(regions) > 1:
        region = _of(known[_REGION], index=3)
        region["uiDefinition"]["constraints"]["allowedValues"] = [
            {"text": name.upper(), "value": host} for name, host in regions.items()
        ]
        parameters[_REGION] = region
        policies.append(_host(f"https://@connectionParameters('{_REGION}')"))
    return _properties(parameters, policies)


def _properties(parameters: Mapping[str, Any], policies: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "properties": {
            "connectionParameters": dict(parameters),
            "iconBrandColor": BRAND,
            "capabilities": ["actions"],
            "policyTemplateInstances": policies,
        }
    }


def _host(url: str) -> dict[str, Any]:
    parameters = {"x-ms-apimTemplateParameter.urlTemplate": url}
    return {
        "templateId": "dynamichosturl",
        "title": "Send requests to what the connection names",
        "parameters": parameters,
    }


def _bearer() -> dict[str, Any]:
    parameters = {
        "x-ms-apimTemplateParameter.name": "Authorization",
        "x-ms-apimTemplateParameter.value": "Bearer @connectionParameters('token')",
        "x-ms-apimTemplateParameter.existsAction": "override",
        "x-ms-apimTemplate-policySection": "Request",
    }
    return {"templateId": "setheader", "title": "Send the token as a bearer token", "parameters": parameters}


def _of(schema: Mapping[str, Any], *, index: int) -> dict[str, Any]:
    said = " ".join(sentences(str(schema[word])) for word in ("description", "help") if word in schema)
    return _asked(title_case(str(schema.get("title", ""))), said, secret=schema.get("secret") is True, index=index)


def _asked(title: str, said: str, *, secret: bool = False, index: int) -> dict[str, Any]:
    constraints = {"tabIndex": index, "clearText": not secret, "required": "true"}
    return {
        "type": "securestring" if secret else "string",
        "uiDefinition": {"displayName": title, "description": said, "tooltip": said, "constraints": constraints},
    }
