"""Plans between a folder and the workspace: pulled, compared, pushed; nothing lost, nothing removed unasked."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_support import cli, command, environment
from plan_lab import EMPTY_PLAN, PLAN, SPEC, PlanLab, bytes_of, plan_lab, rule

from segment_connector import CallFailed
from segment_connector.language import yaml_reader, yaml_writer
from segment_connector.plans.compare.plan_diff import RuleMeanings, compare
from segment_connector.plans.files.plan_folder import PlanFolder
from segment_connector.plans.sync.pull import pull
from segment_connector.plans.sync.pulled_state import PulledState
from segment_connector.plans.sync.push import push, push_steps, settle

TEXT, NUMBER = {"type": "string"}, {"type": "number"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlanLab]:
    with plan_lab(tmp_path_factory.mktemp("served")) as lab:
        yield lab


@pytest.fixture
def lab(served: PlanLab) -> PlanLab:
    served.sandbox.clear()
    served.calls.clear()
    return served


@pytest.fixture
def shop(lab: PlanLab, tmp_path: Path) -> Path:
    """The folder of the plan that the sandbox begins with."""
    folder = tmp_path / "shop"
    assert lab.plan("pull", PLAN, "-o", str(folder)).code == 0
    return folder


def edit(path: Path, change: Any) -> None:
    """Change what an event's file holds."""
    data = yaml_reader.read(path)
    change(data)
    path.write_text(yaml_writer.dump(data), encoding="utf-8")


def require(*names: str) -> Any:
    def change(data: dict[str, Any]) -> None:
        inner = data["versions"][0]["jsonSchema"]["properties"].setdefault("properties", {"type": "object"})
        inner["required"] = list(names)
        inner["properties"] = {**inner.get("properties", {}), **dict.fromkeys(names, TEXT)}

    return change


def write_event(folder: Path, one: dict[str, Any], name: str) -> None:
    head = {key: one[key] for key in ("type", "key") if key in one}
    below = {key: one[key] for key in one if key not in head}
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml_writer.dump({**head, "versions": [below]}), encoding="utf-8")


def test_a_plan_of_two_thousand_rules_is_pulled_and_pushed_without_writing_anything(
    lab: PlanLab, tmp_path: Path
) -> None:
    lab.update(
        *(rule(f"Event {number}", count={"type": "integer"}, name=TEXT) for number in range(2_000)), plan=EMPTY_PLAN
    )
    workspace, meanings, folder = lab.workspace, RuleMeanings(SPEC), PlanFolder(tmp_path / "big", SPEC)
    remote = workspace.find(EMPTY_PLAN)
    assert len(pull(remote, folder, meanings, workspace.changeable).files) == 2_001
    before = bytes_of(folder.path)
    state = PulledState.load(folder.path)
    steps = push_steps(folder.read(), remote, state, meanings, workspace.changeable)
    assert (steps.is_empty, steps.foreign) == (True, ())
    assert pull(remote, folder, meanings, workspace.changeable).files == ()
    assert bytes_of(folder.path) == before
    assert lab.calls == {"get_tracking_plan": 1}


def test_only_what_changed_is_sent_in_parts_and_never_replaced(lab: PlanLab, tmp_path: Path) -> None:
    lab.update(*(rule(f"Event {number}") for number in range(250)), plan=EMPTY_PLAN)
    folder = tmp_path / "plan"
    lab.plan("pull", EMPTY_PLAN, "-o", str(folder))
    for number in range(230):
        edit(folder / "track" / f"event-{number}.yaml", require("id"))
    said = lab.plan("push", str(folder), "--yes")
    assert (said.code, said.stdout.splitlines()[-1]) == (0, "230 rules written")
    assert said.stderr == "200 of 230 rules\n230 of 230 rules\n"
    assert len(lab.rules(EMPTY_PLAN)) == 250
    assert lab.plan("push", str(folder)).stdout == "nothing to push\n"
    assert lab.plan("diff", str(folder)).code == 0


def test_a_schema_that_the_service_wrote_anew_is_no_change(lab: PlanLab, shop: Path) -> None:
    edit(shop / "track" / "signed-up.yaml", require("zip", "age"))
    before = bytes_of(shop / "track")
    assert lab.plan("push", str(shop), "--yes").code == 0
    stored = next(one for one in lab.rules() if one.get("key") == "Signed Up")
    assert stored["jsonSchema"]["properties"]["properties"]["required"] == ["age", "zip"]
    assert lab.plan("diff", str(shop)).code == 0
    assert lab.plan("pull", "-o", str(shop)).stdout.strip().endswith(f"nothing has changed in {shop}")
    assert bytes_of(shop / "track") == before


def test_a_rule_is_deleted_only_when_that_is_asked_for(lab: PlanLab, shop: Path) -> None:
    (shop / "track" / "signed-up.yaml").unlink()
    kept = lab.plan("push", str(shop), "--yes")
    assert "TRACK 'Signed Up' is in the workspace only, and stays there" in kept.stderr
    assert kept.stdout == "nothing to push\n"
    gone = lab.plan("push", str(shop), "--yes", "--delete")
    assert gone.stdout == "- TRACK 'Signed Up'\n0 rules written, 1 rule deleted\n"
    assert "Signed Up" not in [one.get("key") for one in lab.rules()]
    assert lab.plan("diff", str(shop)).code == 0


def test_many_rules_are_deleted_by_addresses_that_servers_take(lab: PlanLab, tmp_path: Path) -> None:
    names = [f"{'Événement ' * 12}{number}" for number in range(120)]
    lab.update(*(rule(name) for name in names), plan=EMPTY_PLAN)
    folder = tmp_path / "plan"
    lab.plan("pull", EMPTY_PLAN, "-o", str(folder))
    for path in (folder / "track").iterdir():
        path.unlink()
    assert lab.plan("push", str(folder), "--yes", "--delete").stdout.endswith("120 rules deleted\n")
    assert lab.rules(EMPTY_PLAN) == []


def test_nobody_is_asked_in_silence(lab: PlanLab, shop: Path) -> None:
    edit(shop / "track" / "signed-up.yaml", require("plan"))
    said = lab.plan("push", str(shop))
    assert said.code == 2
    assert "'plan push' asks for confirmation: Write 1 rule of the plan Shop? Add --yes to confirm" in said.stderr
    dry = lab.plan("push", str(shop), "--dry-run")
    assert dry.stdout == "~ TRACK 'Signed Up'\n    properties.plan: added (string, required)\n"
    assert lab.plan("diff", str(shop)).code == 3


def test_what_somebody_else_changed_is_shown_and_not_overwritten(lab: PlanLab, shop: Path) -> None:
    lab.update(rule("Signed Up", plan=TEXT), rule("Cart Viewed"))
    edit(shop / "track" / "order-completed.yaml", require("orderId", "currency"))
    before = lab.rules()
    said = lab.plan("push", str(shop), "--yes")
    assert said.code == 2
    assert said.errors[:4] == [
        "error: somebody else changed the plan since it was pulled; the workspace differs from the files in this:",
        "+ TRACK 'Cart Viewed'",
        "~ TRACK 'Signed Up'",
        "    properties.plan: added (string)",
    ]
    assert lab.rules() == before
    told = lab.plan("diff", str(shop), "--json").json
    assert [one["key"] for one in told["changed_by_others"]] == ["Cart Viewed", "Signed Up"]
    assert lab.plan("push", str(shop), "--yes", "--overwrite").code == 0
    assert "Cart Viewed" in [one.get("key") for one in lab.rules()]


def test_what_somebody_else_deleted_is_not_made_anew(lab: PlanLab, shop: Path) -> None:
    gone = {"type": "TRACK", "key": "Signed Up", "version": 1}
    lab.run("remove_rules_from_tracking_plan", trackingPlanId=PLAN, rules=[gone])
    said = lab.plan("push", str(shop), "--yes")
    assert (said.code, said.errors[1]) == (2, "- TRACK 'Signed Up'")


def test_a_pull_takes_over_what_others_changed_and_keeps_what_was_not_pushed(lab: PlanLab, shop: Path) -> None:
    edit(shop / "track" / "signed-up.yaml", require("plan"))
    write_event(shop, rule("Cart Viewed", id=TEXT), "track/cart.yaml")
    (shop / "identify.yaml").unlink()
    (shop / "plan.yaml").write_text((shop / "plan.yaml").read_text().replace("name: Shop", "name: Shop EU"))
    before = bytes_of(shop)
    lab.update(rule("Order Completed", orderId=NUMBER), rule("Order Refunded"))
    said = lab.plan("pull", "-o", str(shop))
    assert (said.code, said.stdout.splitlines()) == (0, [
        "not pushed yet, and kept: 3 changes",
        "- IDENTIFY",
        "+ TRACK 'Cart Viewed'",
        "~ TRACK 'Signed Up'",
        "    properties.plan: added (string, required)",
        f"Shop: 4 rules, 2 files changed in {shop}",
    ])  # fmt: skip
    after = bytes_of(shop)
    changed = {name for name in {**before, **after} if before.get(name) != after.get(name)}
    assert changed == {"plan.lock.json", "track/order-completed.yaml", "track/order-refunded.yaml"}
    assert b"name: Shop EU" in after["plan.yaml"]
    assert lab.plan("push", str(shop), "--yes", "--delete").code == 0
    assert lab.plan("diff", str(shop)).code == 0


def test_what_both_changed_is_shown_and_nothing_is_written(lab: PlanLab, shop: Path) -> None:
    edit(shop / "track" / "signed-up.yaml", require("plan"))
    lab.update(rule("Signed Up", plan=TEXT), rule("Order Refunded"))
    before = bytes_of(shop)
    said = lab.plan("pull", "-o", str(shop))
    assert said.code == 2
    assert said.errors[:3] == [
        f"error: nothing is written to {shop}: this was changed in the workspace and in the files:",
        "~ TRACK 'Signed Up'",
        "    properties.plan: now required",
    ]
    assert bytes_of(shop) == before
    assert lab.plan("pull", "-o", str(shop), "--overwrite").code == 0
    assert lab.plan("diff", str(shop)).code == 0


def test_a_state_that_a_merge_broke_is_told(lab: PlanLab, shop: Path) -> None:
    (shop / "plan.lock.json").write_text("<<<<<<< HEAD\n")
    said = lab.plan("diff", str(shop))
    assert (said.code, f"{shop}/plan.lock.json: this file cannot be read" in said.stderr) == (2, True)


def test_the_sandbox_replaces_a_plan_as_a_whole_only_up_to_two_hundred_rules(lab: PlanLab) -> None:
    lab.update(*(rule(f"Event {number}") for number in range(201)), plan=EMPTY_PLAN)
    with pytest.raises(CallFailed, match="is replaced as a whole only up to 200"):
        lab.run("replace_rules_in_tracking_plan", trackingPlanId=EMPTY_PLAN, rules=[rule("Event 1")])
    listed = lab.rules(EMPTY_PLAN)
    assert len(listed) == 201
    assert listed[0]["deprecatedAt"].startswith("0001-01-01")
    assert listed[0]["createdAt"] == listed[0]["updatedAt"]


def test_a_plan_that_was_deleted_is_told(lab: PlanLab, shop: Path) -> None:
    lab.run("delete_tracking_plan", trackingPlanId=PLAN)
    for name in (("diff", str(shop)), ("push", str(shop)), ("pull", "-o", str(shop))):
        said = lab.plan(*name)
        assert said.code == 2
        assert f"the workspace has no plan {PLAN}: it was deleted, or the token is for another workspace" in said.stderr


def test_a_token_without_permission_is_told(lab: PlanLab, shop: Path) -> None:
    edit(shop / "track" / "signed-up.yaml", require("plan"))
    lab.fault(PLAN, status=403)
    assert lab.plan("pull", "-o", str(shop)).code == 1
    lab.fault(PLAN, delay=0.001)  # the list of rules may be read
    lab.fault(PLAN, status=403)
    said = lab.plan("push", str(shop), "--yes")
    assert (said.code, said.stdout.splitlines()[-1]) == (1, "0 rules written")
    assert said.errors[0].startswith("error: forbidden, ")
    assert said.errors[-1] == "  hint: 1 rule not sent; the same command does the rest"
    assert lab.plan("push", str(shop), "--yes").code == 0


def test_a_push_that_breaks_off_says_how_far_it_came_and_goes_on(lab: PlanLab, tmp_path: Path) -> None:
    lab.update(*(rule(f"Event {number}") for number in range(300)), plan=EMPTY_PLAN)
    folder, meanings, workspace = PlanFolder(tmp_path / "plan", SPEC), RuleMeanings(SPEC), lab.workspace
    pull(workspace.find(EMPTY_PLAN), folder, meanings, workspace.changeable)
    for path in (folder.path / "track").iterdir():
        edit(path, require("id"))
    local, remote, state = folder.read(), workspace.find(EMPTY_PLAN), PulledState.load(folder.path)
    steps = push_steps(local, remote, state, meanings, workspace.changeable)

    def cut(done: int, _total: int) -> None:
        if done >= 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        push(workspace, steps, state, meanings, cut)
    # A change to a rule that has arrived is one's own, too.
    edit(folder.path / "track" / "event-0.yaml", require("id", "more"))
    local, remote, state = folder.read(), workspace.find(EMPTY_PLAN), PulledState.load(folder.path)
    rest = push_steps(local, remote, state, meanings, workspace.changeable)
    assert not rest.foreign
    assert len(rest.write) == 300 - 200 + 1
    done = push(workspace, rest, state, meanings)
    settle(local, workspace.find(EMPTY_PLAN), done, state, meanings, workspace.changeable)
    assert done.ok
    assert compare(workspace.find(EMPTY_PLAN), folder.read(), meanings) == []


def test_a_push_that_is_killed_is_ended_by_the_same_command(lab: PlanLab, tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    lab.plan("pull", EMPTY_PLAN, "-o", str(folder))
    for number in range(450):
        write_event(folder, rule(f"Event {number}", id=TEXT), f"track/event-{number}.yaml")
    lab.fault(EMPTY_PLAN, delay=0.001, times=2)  # the list of rules, and the first part
    lab.fault(EMPTY_PLAN, delay=60)
    arguments = ("plan", "push", str(folder), "--yes", "--connection", str(lab.file))
    with subprocess.Popen(command(*arguments), stderr=subprocess.PIPE, env=environment()) as running:
        assert running.stderr is not None
        assert running.stderr.readline() == b"200 of 450 rules\n"
        running.send_signal(signal.SIGKILL)
    lab.sandbox.forget_faults()
    said = lab.plan("push", str(folder), "--yes")
    assert said.code == 0
    assert said.stdout.endswith("250 rules written\n")
    assert len(lab.rules(EMPTY_PLAN)) == 450
    assert lab.plan("diff", str(folder)).code == 0


def test_a_rule_that_the_service_refuses_is_found_and_the_others_are_written(lab: PlanLab, shop: Path) -> None:
    for number in range(8):
        write_event(shop, rule(f"Event {number}"), f"track/event-{number}.yaml")
    workspace, meanings = lab.workspace, RuleMeanings(SPEC)
    folder, state = PlanFolder(shop, SPEC), PulledState.load(shop)
    steps = push_steps(folder.read(), workspace.find(PLAN), state, meanings, workspace.changeable)
    one = steps.write[5]
    broken = {"type": "object", "properties": {"properties": {"type": "objekt"}}}
    object.__setattr__(one, "schema", broken)
    done = push(workspace, steps, state, meanings)
    assert [(rule.key, failure.field) for rule, failure in done.refused] == [
        (one.key, "rules.0.jsonSchema.properties.properties.type")
    ]
    assert len(done.written) == 7


def test_an_event_is_renamed_when_that_is_said(lab: PlanLab, shop: Path) -> None:
    old = shop / "track" / "signed-up.yaml"
    edit(old, lambda data: data.update(key="Account Created"))
    said = lab.plan("push", str(shop), "--yes", "--rename", "Signed Up=Account Created")
    assert (said.code, said.stdout) == (0, "~ TRACK 'Signed Up' is renamed to 'Account Created'\n1 rule written\n")
    names = [one.get("key") for one in lab.rules()]
    assert "Account Created" in names
    assert "Signed Up" not in names
    again = lab.plan("push", str(shop), "--yes", "--rename", "Signed Up=Account Created")
    assert (again.code, again.stdout) == (0, "nothing to push\n")
    wrong = lab.plan("push", str(shop), "--rename", "No Such=Neither")
    assert (wrong.code, "nothing can be renamed" in wrong.stderr) == (2, True)


def test_name_and_description_are_part_of_the_plan(lab: PlanLab, shop: Path) -> None:
    path = shop / "plan.yaml"
    path.write_text(path.read_text().replace("name: Shop", "name: Shop EU"), encoding="utf-8")
    assert lab.plan("push", str(shop), "--yes").stdout == "~ name: Shop -> Shop EU\n0 rules written\n"
    assert lab.run("get_tracking_plan", trackingPlanId=PLAN)["trackingPlan"]["name"] == "Shop EU"


def test_a_name_that_somebody_else_changed_is_not_changed_back(lab: PlanLab, shop: Path) -> None:
    lab.run("update_tracking_plan", trackingPlanId=PLAN, name="Shop of others")
    edit(shop / "track" / "signed-up.yaml", require("plan"))
    assert lab.plan("push", str(shop), "--yes").code == 0
    assert lab.run("get_tracking_plan", trackingPlanId=PLAN)["trackingPlan"]["name"] == "Shop of others"
    lab.run("update_tracking_plan", trackingPlanId=PLAN, name="Shop again")
    path = shop / "plan.yaml"
    path.write_text(path.read_text().replace("name: Shop", "name: Shop EU"), encoding="utf-8")
    said = lab.plan("push", str(shop), "--yes")
    assert (said.code, said.errors[1]) == (2, "~ name: Shop EU -> Shop again")
    said = lab.plan("pull", "-o", str(shop))
    assert (said.code, said.errors[1]) == (2, "~ name: Shop again -> Shop EU")
    assert "name: Shop EU" in path.read_text()


def test_what_is_refused_whatever_it_is_ends_the_push(lab: PlanLab, shop: Path) -> None:
    for number in range(60):
        write_event(shop, rule(f"Event {number}"), f"track/event-{number}.yaml")
    lab.fault(PLAN, delay=0.001)
    lab.fault(PLAN, status=400, body={"errors": [{"type": "bad-request", "message": "no"}]}, times=500)
    said = lab.plan("push", str(shop), "--yes")
    lab.sandbox.forget_faults()
    assert (said.code, said.stdout.splitlines()[-1]) == (1, "0 rules written")
    assert said.errors[-1] == "  hint: 40 rules not sent; the same command does the rest"


@pytest.mark.parametrize(("wanted", "hint"), [("Shopp", "did you mean 'Shop'?"), ("tp_1", "there are")])
def test_a_plan_that_is_not_there_is_told(lab: PlanLab, tmp_path: Path, wanted: str, hint: str) -> None:
    said = lab.plan("pull", wanted, "-o", str(tmp_path / "x"))
    assert said.code == 2
    assert f"the workspace has no tracking plan '{wanted}'" in said.stderr


@pytest.mark.parametrize("wanted", ["Shop", "shop", "SHOP", PLAN])
def test_a_plan_is_found_by_id_name_and_slug(lab: PlanLab, wanted: str) -> None:
    assert lab.workspace.find(wanted).id == PLAN


def test_every_plan_of_a_workspace_is_pulled(lab: PlanLab, tmp_path: Path) -> None:
    lab.run("create_tracking_plan", name="shop!", type="LIVE")
    said = lab.plan("pull", "--all", "-o", str(tmp_path))
    assert (said.code, len(said.stdout.splitlines())) == (0, 4)
    folders = sorted(path.parent.name for path in tmp_path.glob("*/plan.yaml"))
    assert {"common-events", "support-desk"} < set(folders)
    assert all(name.startswith("shop-") for name in set(folders) - {"common-events", "support-desk"})
    (tmp_path / "support-desk").rename(tmp_path / "help")
    again = lab.plan("pull", "--all", "-o", str(tmp_path))
    assert all("nothing has changed" in line for line in again.stdout.splitlines())
    assert not (tmp_path / "support-desk").exists()


def test_two_folders_are_compared_without_a_workspace(lab: PlanLab, shop: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert lab.plan("pull", PLAN, "-o", str(other)).code == 0
    assert lab.plan("diff", str(shop), "--against", str(other)).code == 0
    (other / "identify.yaml").unlink()
    said = cli("plan", "diff", str(shop), "--against", str(other))
    assert (said.code, said.stdout) == (3, "+ IDENTIFY\n")
    assert cli("plan", "diff", str(shop), "--against", str(other), "--json").json["changes"][0]["change"] == "added"


def test_a_folder_is_not_turned_into_another_plan(lab: PlanLab, shop: Path) -> None:
    said = lab.plan("pull", EMPTY_PLAN, "-o", str(shop))
    assert (said.code, "contains another plan, Shop" in said.stderr) == (2, True)
