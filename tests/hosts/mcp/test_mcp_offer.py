"""What agents may call, and what is shown to them: decided by whoever starts the server."""

from __future__ import annotations

import pytest

from segment_connector import InputError, UnknownActionError
from segment_connector.hosts.mcp.offer import LONGEST_NAME, Offer
from segment_connector.language.specs import Specs


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
