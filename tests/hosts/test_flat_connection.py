"""A connection as a form of single values."""

from __future__ import annotations

import pytest

from segment_connector.connection import Connections
from segment_connector.errors import ConnectionConfigError, Problem
from segment_connector.hosts.flat_connection import (
    connection_from_flat,
    flat_fields,
    flat_from_environment,
    problem_in_form,
)
from segment_connector.language.specs import Specs
from segment_connector.sandbox import Sandbox


def test_every_value_of_a_connection_is_a_field(specs: Specs):
    fields = {field.name: field for field in flat_fields(specs.connector)}
    assert {"region", "write_key", "oauth_private_key", "servers_tracking"} <= fields.keys()
    assert {name for name, field in fields.items() if field.secret} == {
        "write_key", "public_token", "profile_token", "oauth_private_key",
    }  # fmt: skip
    assert fields["write_key_in_body"].kind is bool
    assert fields["write_key"].title == "Write key"
    assert "copy the write key" in fields["write_key"].description


def test_the_values_of_a_form_are_a_connection(specs: Specs):
    values = {"region": "eu", "write_key": "k", "public_token": "", "space_id": None, "oauth_key_id": "id", "more": 1}
    made = connection_from_flat(specs.connector, values)
    assert made == {"region": "eu", "writeKey": "k", "oauth": {"keyId": "id"}}


def test_the_environment_of_the_sandbox_fills_in_a_form(specs: Specs):
    with Sandbox(specs) as sandbox:
        values = flat_from_environment(specs.connector, sandbox.environment)
        made = connection_from_flat(specs.connector, values)
        assert made == sandbox.connection
    assert Connections(specs.connector).check(made).region == "us"


def test_a_problem_has_the_name_of_its_field(specs: Specs):
    with pytest.raises(ConnectionConfigError) as told:
        Connections(specs.connector).check({"writeKey": "a b"})
    assert problem_in_form(specs.connector, told.value.problems[0]).field == "write_key"
    whole = Problem("json", "is no object")
    assert problem_in_form(specs.connector, whole) == whole
