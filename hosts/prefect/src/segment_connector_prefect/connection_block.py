"""The block: the fields of a connection as ``connector.yaml`` describes them, secrets as Prefect keeps secrets."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar

from prefect.blocks.core import Block
from pydantic import ConfigDict, Field, SecretStr, create_model, model_validator

from segment_connector.connection import Connections
from segment_connector.errors import ConnectorError
from segment_connector.hosts.flat_connection import (
    connection_from_flat,
    flat_fields,
    flat_from_environment,
    problem_in_form,
)
from segment_connector.hosts.task_run import shared_connector

if TYPE_CHECKING:
    from typing_extensions import Self

_SPEC = shared_connector().spec
_CHECKED = Connections(_SPEC)


class _Connection:
    """What the block adds to its fields."""

    _block_type_name: ClassVar[str] = f"{_SPEC.title} connection"
    _block_type_slug: ClassVar[str] = f"{_SPEC.name}-connection"
    _documentation_url: ClassVar[str | None] = _SPEC.docs
    _description: ClassVar[str] = f"Region, credentials and servers with which the actions of {_SPEC.title} are called."

    # Pydantic's own messages would show what was given, secrets included.
    model_config = ConfigDict(hide_input_in_errors=True)

    @classmethod
    def from_environment(cls) -> Self:
        """The block that environment variables describe, by the names in ``connector.yaml``."""
        return cls(**flat_from_environment(_SPEC, os.environ))

    def connection(self) -> dict[str, Any]:
        """The connection, with its secrets: for ``Connector``, and for nobody to see."""
        values = {field.name: getattr(self, field.name) for field in flat_fields(_SPEC)}
        plain = {
            name: value.get_secret_value() if isinstance(value, SecretStr) else value for name, value in values.items()
        }
        return connection_from_flat(_SPEC, plain)


def _check(block: Any) -> Any:
    try:
        _CHECKED.check(block.connection())
    except ConnectorError as error:
        told = [str(problem_in_form(_SPEC, problem)) for problem in error.problems]
        raise ValueError("\n".join(told)) from None
    return block


def _made() -> Any:
    fields: dict[str, Any] = {
        field.name: (
            (SecretStr if field.secret else field.kind) | None,
            Field(default=None, title=field.title, description=field.description),
        )
        for field in flat_fields(_SPEC)
    }
    checks: dict[str, Any] = {"check": model_validator(mode="after")(_check)}
    return create_model(
        "ConnectionBlock", __base__=(_Connection, Block), __module__=__name__,
        __validators__=checks, **fields,
    )  # fmt: skip


ConnectionBlock: Any = _made()
"""A connection that Prefect keeps: ``ConnectionBlock(write_key=...).save("production")``."""
