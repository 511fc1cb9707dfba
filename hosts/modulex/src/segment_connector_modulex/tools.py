"""The tools: one asynchronous LangChain tool an action, with models of its arguments and of its answer.

The models carry the connector's own schemas and judge nothing: what is wrong is told by the connector, with place and
cure, in an answer with ``success: false``. An exception of pydantic would tell less, and end an agent's turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from langchain_core.tools import BaseTool, StructuredTool
from modulex_integrations import serialize_pydantic_return
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, create_model

from segment_connector.hosts.agent_tools.tool_schemas import sketched_inputs
from segment_connector.hosts.host_inputs import members_as_meant
from segment_connector.platforms import Catalog
from segment_connector.schema.form_hints import plain_schema

from .whole_profile import OUTPUTS

AUTH_TYPE, AUTH_DATA = "auth_type", "auth_data"
_OF_MODULEX = {
    AUTH_TYPE: {"type": "string", "description": "The way to sign in, as ModuleX names it."},
    AUTH_DATA: {"type": "object", "description": "The credential's values by name; ModuleX fills them in."},
}


def tools_of(catalog: Catalog) -> tuple[BaseTool, ...]:
    """The tools of a catalogue, by the names and in the order of its manifest."""
    return tuple(_tool(catalog, name) for name in catalog)


def _tool(catalog: Catalog, name: str) -> BaseTool:
    listed, words = catalog.listed(name), name.title().replace("_", "")
    arguments = _arguments_model(f"{words}Input", listed.parameters, listed.required)
    answer = _answer_model(f"{words}Output", catalog.answers(name).schema)

    async def call(**given: Any) -> Any:
        return answer.model_construct(**await asyncio.to_thread(_run, catalog, name, given))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = listed.description
    call.__annotations__["return"] = answer  # ModuleX reads the form of answers here
    return StructuredTool.from_function(
        coroutine=serialize_pydantic_return(call), name=name, description=listed.description, args_schema=arguments
    )


def _run(catalog: Catalog, name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    auth = given.get(AUTH_DATA) or {}
    own = {key: value for key, value in given.items() if key not in _OF_MODULEX}
    connection = {key: value for key, value in auth.items() if value not in (None, "")}
    inputs = members_as_meant(own, catalog.listed(name).parameters, catalog.specs.action)
    answer = catalog.run(name, inputs, connection, raise_errors=False)
    return {"error": None, OUTPUTS: {}, **answer}


def _arguments_model(name: str, schemas: Mapping[str, Mapping[str, Any]], required: tuple[str, ...]) -> type[BaseModel]:
    config = ConfigDict(extra="allow", json_schema_extra=_ends_with([*required, AUTH_DATA]))
    sketch = sketched_inputs(schemas, required)["properties"]
    return _model(name, {**sketch, **_OF_MODULEX}, config)


def _answer_model(name: str, schema: Mapping[str, Any]) -> type[BaseModel]:
    config = ConfigDict(extra="forbid", json_schema_extra=_ends_with(schema["required"]))
    return _model(name, plain_schema(schema["properties"]), config)


def _model(name: str, schemas: Mapping[str, Mapping[str, Any]], config: ConfigDict) -> type[BaseModel]:
    fields: dict[str, Any] = {
        member: (Annotated[Any, WithJsonSchema(dict(schema))], Field(default=None))
        for member, schema in schemas.items()
    }
    return create_model(name, __config__=config, **fields)


def _ends_with(required: Any) -> Callable[[dict[str, Any]], None]:
    """Says in a model's schema what is required, which the model itself leaves to the connector."""

    def mend(schema: dict[str, Any]) -> None:
        for member in schema.get("properties", {}).values():
            if member.get("default", ...) is None:
                del member["default"]
        schema["required"] = list(required)

    return mend
