"""Values in forms of Python hosts: turned into JSON where they mean one value, and refused by the core otherwise."""

from __future__ import annotations

import collections
import datetime
import enum
import types
import uuid
from typing import Any

import numpy as np
import pandas as pd
import pytest

from segment_connector import Connector, InputError
from segment_connector.hosts.host_inputs import read_host_inputs
from segment_connector.values.json_values import copy_json


class Plan(enum.Enum):
    PRO = "pro"


class Level(enum.IntEnum):
    HIGH = 3


class Lazy(collections.abc.Sequence[Any]):
    """A sequence as Airflow hands over the results of mapped tasks."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, index: Any) -> Any:
        return [{"step": "1"}, {"step": "2"}][index]


Pair = collections.namedtuple("Pair", "one two")  # noqa: PYI024 - what a host may have
NOON = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.timezone.utc)


@pytest.mark.parametrize(
    ("value", "json"),
    [
        (Plan.PRO, "pro"), (Level.HIGH, 3), (types.MappingProxyType({"a": Plan.PRO}), {"a": "pro"}),
        (collections.UserDict(a=(1, Plan.PRO)), {"a": [1, "pro"]}), (collections.ChainMap({"a": 1}), {"a": 1}),
        (Lazy(), [{"step": "1"}, {"step": "2"}]), (range(2), [0, 1]), (collections.UserList([1]), [1]),
        (NOON, "2026-01-31T12:00:00+00:00"), (pd.Timestamp(NOON), "2026-01-31T12:00:00+00:00"),
        (NOON.date(), "2026-01-31"), (uuid.UUID(int=7), str(uuid.UUID(int=7))), (np.int64(5), 5),
        (np.array([1, 2]), [1, 2]),
    ],
)  # fmt: skip
def test_what_means_one_value_is_taken(connector: Connector, value: Any, json: Any) -> None:
    specs = connector.specs
    given = {"event": "E", "properties": types.MappingProxyType({"a": value})}
    assert copy_json(read_host_inputs(specs.action("track"), given, specs.action)) == {
        "event": "E", "properties": {"a": json},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "cure"),
    [
        (NOON.replace(tzinfo=None), "say its zone"), (pd.NaT, "leave it out"), (float("nan"), "leave it out"),
        (b"x", "decode"), (bytearray(b"x"), "decode"), (memoryview(b"x"), "pass text"), ({1}, "a list"),
        (Pair(1, 2), "pass text"), (object(), "pass text"), (NOON - NOON, "pass text"),
    ],
)  # fmt: skip
def test_what_does_not_is_refused_with_place_and_cure(connector: Connector, value: Any, cure: str) -> None:
    specs = connector.specs
    with pytest.raises(InputError) as refused:
        copy_json(read_host_inputs(specs.action("track"), {"event": "E", "properties": {"a": [value]}}, specs.action))
    assert refused.value.field == "properties.a.0"
    assert cure in (refused.value.hint or "")


def test_text_in_them_is_read_as_all_text_is(connector: Connector) -> None:
    specs = connector.specs
    pagination = types.MappingProxyType({"count": "5"})
    assert read_host_inputs(specs.action("list_sources"), {"pagination": pagination}, specs.action) == {
        "pagination": {"count": 5}
    }


def test_what_holds_itself_is_left_to_the_core(connector: Connector) -> None:
    loop: dict[str, Any] = {}
    loop["a"] = [loop]
    specs = connector.specs
    with pytest.raises(InputError, match="holds itself"):
        copy_json(read_host_inputs(specs.action("track"), {"event": "E", "properties": loop}, specs.action))
