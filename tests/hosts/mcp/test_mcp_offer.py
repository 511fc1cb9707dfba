"""What agents may call, and what is shown to them: decided by whoever starts the server."""

from __future__ import annotations

import pytest

from segment_connector import Connector, InputError, UnknownActionError
from segment_connector.hosts.agent_tools.offer import LONGEST_NAME, MOST_EVENTS, Offer
from segment_connector.hosts.agent_tools.tool_schemas import input_schema
from segment_connector.language.specs import Specs
from segment_connector.plans.plan import plan_from, rule_from


def shown(offer: Offer) -> set[str]:
    return {action.name for action in offer.shown}


def test_the_usual_offer_shows_a_few_and_permits_what_reads_and_writes(specs: Specs):
    offer = Offer(specs)

    assert shown(offer) == set(specs.connector.agents.tools)
    assert offer.action("create_label").effect == "write"
    assert {action.effect for action in offer.shown} == {"read", "write"}


def test_reading_only_leaves_out_what_writes(specs: Specs):
    offer = Offer(specs, allow=["read"])

    assert {action.effect for action in offer.shown} == {"read"}
    with pytest.raises(InputError, match="its effect is write"):
        offer.action("track")


def test_a_group_is_shown_whole_and_nothing_else_is_permitted(specs: Specs):
    offer = Offer(specs, groups=["labels"])

    assert shown(offer) == {"create_label", "list_labels"}
    with pytest.raises(InputError, match="its group is sources"):
        offer.action("list_sources")


def test_a_delete_is_permitted_by_its_effect_or_by_its_name(specs: Specs):
    for offer in (Offer(specs, allow=["delete"]), Offer(specs, tools=["delete_source"])):
        assert offer.action("delete_source").effect == "delete"
    assert "delete_source" not in shown(Offer(specs, allow=["delete"]))
    assert "delete_source" in shown(Offer(specs, tools=["delete_source"]))
    with pytest.raises(InputError, match="--tool delete_source"):
        Offer(specs).action("delete_source")


@pytest.mark.parametrize("name", ["create_workspace_regulation", "create_source_regulation", "custom_api_call"])
def test_some_are_permitted_by_their_name_only(specs: Specs, name: str):
    with pytest.raises(InputError, match="offered only by name"):
        Offer(specs, allow=["read", "write", "delete"]).action(name)
    assert Offer(specs, tools=[name]).action(name).name == name


def test_nothing_that_deletes_is_offered_unless_it_was_asked_for(specs: Specs):
    offer = Offer(specs)

    assert not [
        name for name in specs.paths if specs.action(name).effect == "delete" and offer.permits(specs.action(name))
    ]


def test_every_action_has_a_short_name_of_its_own(specs: Specs):
    offer = Offer(specs)
    names = [offer.tool_name(name) for name in specs.paths]

    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= LONGEST_NAME
    assert all(offer.action_of(tool) == name for tool, name in zip(names, specs.paths, strict=True))


def test_an_action_is_known_by_both_of_its_names(specs: Specs):
    offer = Offer(specs)
    long, short = next((one.name, one.tool) for one in specs.summaries() if one.tool)

    assert offer.action(long) is offer.action(short)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"allow": ["reed"]}, "there is no effect 'reed' (did you mean 'read'?)"),
        ({"groups": ["source"]}, "there is no group 'source' (did you mean 'sources'?)"),
        (
            {"tools": ["delete_sourc"]},
            "there is no action 'delete_sourc' (did you mean 'delete_source', 'delete_users' or 'get_source'?)",
        ),
    ],
)
def test_a_name_that_there_is_not_is_refused_with_the_nearest(specs: Specs, given: dict[str, list[str]], message: str):
    with pytest.raises(InputError) as refused:
        Offer(specs, **given)
    assert str(refused.value).endswith(message)


def test_an_action_that_there_is_not_is_told_with_a_way_to_find_one(specs: Specs):
    with pytest.raises(UnknownActionError, match="did you mean 'list_sources'"):
        Offer(specs).action("list_source")
    with pytest.raises(UnknownActionError, match="search for it with find_action"):
        Offer(specs).action("xyzzy")


def planned(count: int) -> Specs:
    """Specs with a tracking plan of so many events."""
    specs = Specs()
    assert specs.plans is not None
    rules = [
        {"type": "TRACK", "key": f"Event {number}", "version": 1,
         "jsonSchema": {"properties": {"properties": {"required": ["id"], "properties": {"id": {"type": "string"}}}}}}
        for number in range(count)
    ]  # fmt: skip
    Connector(specs, plan=plan_from([rule_from(rule, specs.plans) for rule in rules]))
    return specs


def test_the_events_of_a_plan_are_tools_and_what_sends_any_event_is_none():
    offer = Offer(planned(3))
    names = [action.name for action in offer.shown]

    assert names[:3] == ["track_event_0", "track_event_1", "track_event_2"]
    assert "track" not in names
    assert "track" in shown(Offer(planned(3), tools=["track"]))
    assert offer.action("track").name == "track"  # by run_action, where the plan judges it as well
    schema = input_schema(offer.action("track_event_1"))
    assert "event" not in schema["properties"]
    assert schema["properties"]["properties"]["properties"] == {"id": {"type": "string"}}
    assert schema["properties"]["properties"]["required"] == ["id"]


def test_of_very_many_events_the_first_are_tools_and_all_are_found():
    offer = Offer(planned(MOST_EVENTS + 5))

    assert [action.beneath for action in offer.shown].count("track") == MOST_EVENTS
    assert "track" in shown(offer)
    assert offer.preset_ranking.find("Event 63")[0].name == "track_event_63"


def test_what_may_only_read_is_offered_no_event():
    assert all(action.beneath is None for action in Offer(planned(3), allow=["read"]).shown)
