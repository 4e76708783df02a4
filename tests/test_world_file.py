"""Where simulated pipes are kept, and what a server of one call finds of them."""

import json
import re

import pytest

from clickpipes_mcp.settings import load_settings
from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.state_directory import state_directory
from clickpipes_mcp.world_file import world_file
from tests.cli.test_commands import run_here

ALONE = {
    "CLICKPIPES_SIMULATOR": "1",
    "CLICKPIPES_SERVICE_ID": DEFAULT_SERVICE_ID,
    "CLICKPIPES_SECRET_KAFKA": "invented",
}
IN_CHAT = {**ALONE, "CLICKPIPES_CONSENT": "chat"}
KAFKA = next(spec.example for spec in SOURCES if spec.key == "kafka")


def call(tool, arguments=None, **settings):
    """One process, as far as it can remember anything."""
    done = run_here("call", tool, json.dumps(arguments or {}), "--json", **(settings or IN_CHAT))
    return json.loads(done.stdout)


def create(name="orders", **settings):
    created = call("create_kafka_clickpipe", {**KAFKA, "name": name}, **(settings or IN_CHAT))
    assert "code" not in created, created


def ask_to_delete(pipe="orders") -> str:
    offer = call("delete_clickpipe", {"clickpipe": pipe})
    assert offer["summary"].startswith("Not done yet.")
    return re.findall("confirmation_token=([0-9a-f-]+)", offer["summary"])[0]


def names(**settings):
    return [pipe["name"] for pipe in call("list_clickpipes", **settings)["clickpipes"]]


def test_a_server_for_every_call_creates_lists_and_deletes_with_consent() -> None:
    create()
    assert names() == ["orders"]
    losing = {"clickpipe": "orders", "confirmation_token": ask_to_delete()}
    others = [call(tool, losing) for tool in ("stop_clickpipe", "resync_clickpipe")]
    deleted, again = call("delete_clickpipe", losing), call("delete_clickpipe", losing)

    assert not [one for one in others if "code" not in one], others
    assert "code" not in deleted, deleted
    assert again["code"] == "consent_stale", again


def test_a_yes_to_a_pipe_that_changed_in_another_process_is_void() -> None:
    create()
    token = ask_to_delete()
    assert "code" not in call("update_clickpipe", {"clickpipe": "orders", "name": "invoices"})

    answer = call("delete_clickpipe", {"clickpipe": "invoices", "confirmation_token": token})

    assert answer["code"] == "consent_stale"


def test_without_a_directory_to_keep_it_in_a_yes_is_refused_in_the_next_process() -> None:
    create()
    (state_directory() / "consent").write_text("")
    token = ask_to_delete()

    answer = call("delete_clickpipe", {"clickpipe": "orders", "confirmation_token": token})

    assert answer["code"] == "consent_stale"
    assert "ends with the process" in answer["fix"]
    assert names() == ["orders"]


def test_each_world_is_kept_apart_and_forgotten_when_asked() -> None:
    worlds = [
        ALONE,
        {**ALONE, "CLICKPIPES_SIMULATOR_SEED": "7"},
        {**ALONE, "CLICKPIPES_SIMULATOR_SCENARIO": "undersized"},
    ]
    before = [len(names(**world)) for world in worlds]
    for number, world in enumerate(worlds):
        create(f"pipe-{number}", **world)
    after = [set(names(**world)) - {"kafka-orders-1"} for world in worlds]

    assert before == [0, 0, 1]
    assert after == [{"pipe-0"}, {"pipe-1"}, {"pipe-2"}]
    assert run_here("simulate", "--forget").stdout.count("Forgotten: ") == len(worlds)
    assert run_here("simulate", "--forget").stdout == "No simulated pipes are kept.\n"
    assert names(**ALONE) == []


def test_switched_off_it_ends_with_the_process() -> None:
    off = {**ALONE, "CLICKPIPES_SIMULATOR_STATE": "OFF"}
    create(**off)

    assert names(**off) == []
    assert not state_directory().exists()


def test_a_world_of_another_version_is_told_and_left() -> None:
    create(**ALONE)
    (kept,) = (state_directory() / "simulator").glob("*.json")
    older = kept.read_text().replace('"format":1', '"format":0', 1)
    kept.write_text(older)

    answer = call("list_clickpipes", **ALONE)

    assert answer["code"] == "api_failure"
    assert "format 0 is not 1" in answer["problem"]
    assert str(kept) in answer["problem"]
    assert kept.read_text() == older


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, "world.json"),
        (
            {"simulator_seed": "3", "simulator_scenario": "slot-lost"},
            "scenario-slot-lost-seed-3.json",
        ),
        ({"simulator_state": "off"}, None),
    ],
)
def test_the_name_of_a_world_tells_what_it_is(tmp_path, settings, expected) -> None:
    found = world_file(load_settings({}, **settings), tmp_path)

    assert (found and found.name) == expected


def test_what_cannot_be_written_is_not_kept(tmp_path) -> None:
    (tmp_path / "simulator").write_text("")

    assert world_file(load_settings({}), tmp_path) is None
    assert world_file(load_settings({}), None) is None
    assert world_file(load_settings({}, simulator_state="~/w.json"), None).is_absolute()
