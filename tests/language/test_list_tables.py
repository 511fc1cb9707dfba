"""Lists as tables: which output is the list, its columns, and where a row leads to."""

from __future__ import annotations

import pytest

from segment_connector.language.list_tables import Column, columns_of, list_of, row_actions
from segment_connector.language.specs import Specs


@pytest.fixture(scope="module")
def specs() -> Specs:
    return Specs()


def test_columns_are_those_that_the_record_names(specs):
    columns = columns_of(specs.action("list_sources"))
    assert [one.name for one in columns] == ["name", "id", "slug", "enabled", "metadata.name"]
    row = {"name": "Website", "enabled": True, "metadata": {"name": "Javascript"}}
    assert [one.of(row) for one in columns] == ["Website", None, None, True, "Javascript"]


def test_a_record_without_columns_shows_its_first_plain_values_names_first(specs):
    assert columns_of(specs.action("list_users")) == (
        Column("name", "string"),
        Column("id", "string"),
        Column("email", "string"),
    )


def test_plain_values_are_a_table_of_one_column(specs):
    (column,) = columns_of(specs.action("list_invites"))
    assert (column.name, column.of("ada@example.com")) == ("", "ada@example.com")


def test_an_action_without_a_list_has_no_columns(specs):
    assert list_of(specs.action("track")) is None
    with pytest.raises(ValueError, match="track gives no list"):
        columns_of(specs.action("track"))


def test_every_list_has_columns_that_its_examples_have_values_for(specs, subtests):
    for name in specs.paths:
        action = specs.action(name)
        if (listed := list_of(action)) is None:
            continue
        with subtests.test(name):
            rows = [row for example in action.examples for row in example.output.get(listed, ())]
            columns = columns_of(action)
            assert not rows or any(column.of(row) is not None for row in rows for column in columns)


def test_a_row_leads_to_the_actions_that_choose_from_its_list_reads_first(specs):
    found = list(row_actions(specs, specs.action("list_warehouses"), {"id": "w1"}))
    assert found[0].action == "get_warehouse"
    assert found[0].inputs == {"warehouseId": "w1"}
    assert [specs.action(one.action).effect for one in found] == sorted(
        (specs.action(one.action).effect for one in found), key=["read", "write", "delete"].index
    )
    assert list(row_actions(specs, specs.action("list_warehouses"), {"name": "without an id"})) == []
