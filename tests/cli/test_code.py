"""Pipes as code from the command line, beside the official client at the same simulator."""

import json
import subprocess
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from click.testing import Result

from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.journal import Journal
from clickpipes_mcp.secret_history import note_secret
from clickpipes_mcp.simulator import DEFAULT_ORGANIZATION_ID, DEFAULT_SERVICE_ID
from tests.cli.test_commands import WITH_A_KEY, run_here
from tests.faults.processes import PATIENCE_S
from tests.redteam.canaries import CANARY
from tests.serving import KAFKA, PIPES, POSTGRES, S3
from tests.simulator import test_clickhousectl as official

port = official.port
usefixtures = pytest.mark.usefixtures("pipes")
SVC = DEFAULT_SERVICE_ID
_numbers = count()


@pytest.fixture
def run(port, tmp_path) -> Callable[..., Result]:
    """Runs a command of this package against the simulator."""

    def command(*line: str, stdin: str = "", **settings: str | None) -> Result:
        environment = {
            **WITH_A_KEY,
            "CLICKPIPES_API_URL": f"http://127.0.0.1:{port}",
            "CLICKPIPES_SERVICE_ID": SVC,
            "CLICKPIPES_JOURNAL": str(tmp_path / "journal.jsonl"),
            **settings,
        }
        return run_here(*line, stdin=stdin, **environment)

    return command


@pytest.fixture
def pipes(port) -> dict[str, str]:
    """Pipes that somebody made: their ids by name."""
    with httpx2.Client(
        base_url=f"http://127.0.0.1:{port}", auth=("k", "s"), timeout=PATIENCE_S
    ) as client:
        for pipe in client.get(PIPES).json()["result"]:
            client.delete(f"{PIPES}/{pipe['id']}")
        made = {}
        for body in (KAFKA, POSTGRES, S3):
            # Tables outlive pipes and then block a create.
            text = json.dumps(body).replace("my_table", f"t{next(_numbers)}")
            own = json.loads(text.replace("public_users", f"t{next(_numbers)}"))
            made[body["name"]] = client.post(PIPES, json=own).json()["result"]["id"]
    return made


def by_official_client(port: int, home: Path, *line: str) -> None:
    head = ["cloud", "--url", f"http://127.0.0.1:{port}", "--api-key", "K", "--api-secret", "S"]
    head += ["--org-id", DEFAULT_ORGANIZATION_ID, "--json", "clickpipe"]
    environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "DO_NOT_TRACK": "1"}
    subprocess.run(
        [official.PROGRAM, *head, *line], cwd=home, env=environment, check=True,
        capture_output=True, timeout=PATIENCE_S,
    )  # fmt: skip


def told(done: Result) -> dict[str, Any]:
    return json.loads(done.stdout)


CHANGES = {
    KAFKA["name"]: (
        ["settings", "update", SVC, "{id}", "--streaming-max-insert-wait-ms", "9000"],
        "settings.streaming_max_insert_wait_ms",
    ),
    POSTGRES["name"]: (["stop", SVC, "{id}"], "stopped"),
    S3["name"]: (
        ["scale", SVC, "{id}", "--replicas", "3", "--cpu-millicores", "250", "--memory-gb", "1"],
        "scaling.replicas",
    ),
}
WATCHED = {
    "settings": {"streaming_max_insert_wait_ms": 5000},
    "stopped": False,
    "scaling": {"replicas": 1, "replica_cpu_millicores": 250, "replica_memory_gb": 1},
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_the_official_client_changed_behind_the_back_is_shown_as_that(
    run, pipes, port, tmp_path, name
) -> None:
    line, field = CHANGES[name]
    documents = list(yaml.safe_load_all(run("export").stdout))
    for one in documents:
        part = field.partition(".")[0]
        if one["name"] == name:
            one[part] = WATCHED[part]
    content = json.dumps(documents)
    assert run("apply", "-", stdin=content, CLICKPIPES_SERVICE_ID=SVC).exit_code == 0
    before = run("plan", "-", "--json", stdin=content)
    assert (before.exit_code, told(before)["clickpipes"]) == (0, [])

    by_official_client(port, tmp_path, *[part.format(id=pipes[name]) for part in line])
    after = run("plan", "-", "--json", stdin=content)

    assert after.exit_code == 1
    (row,) = told(after)["clickpipes"]
    assert row["clickpipe"] == name
    assert [one["field"] for one in told(after)["changes"]] == [field]
    undone = run("apply", "-", "--json", stdin=content)
    assert undone.exit_code == 0, undone.output
    assert run("plan", "-", stdin=content).exit_code == 0


@usefixtures
def test_one_file_serves_several_connections_by_name(run, port, tmp_path) -> None:
    with httpx2.Client(
        base_url=f"http://127.0.0.1:{port}", auth=("k", "s"), timeout=PATIENCE_S
    ) as client:
        path = f"/v1/organizations/{DEFAULT_ORGANIZATION_ID}/services"
        services = [one["id"] for one in client.get(path).json()["result"]]
    other = next(one for one in services if one != SVC)
    connections = tmp_path / "connections.toml"
    key = f'api_url = "http://127.0.0.1:{port}"\nkey_id = "k"\nkey_secret = "env:S"\n'
    connections.write_text(
        f'default = "staging"\n[staging]\nservice_id = "{SVC}"\n{key}'
        f'[production]\nservice_id = "{other}"\nallow = "read"\n{key}'
    )
    several = {
        "CLICKPIPES_CONNECTIONS": str(connections),
        "CLICKHOUSE_CLOUD_API_KEY": None,
        "CLICKHOUSE_CLOUD_API_SECRET": None,
        "CLICKPIPES_SERVICE_ID": None,
        "S": "s",
    }
    exported = run("export", KAFKA["name"], "--connection", "staging", **several)
    assert exported.exit_code == 0, exported.stderr
    content = exported.stdout

    same = run("plan", "-", "--json", stdin=content, **several)
    named = ("--connection", "production")
    missing = run("plan", "-", "--json", *named, stdin=content, **several)
    left = run("apply", "-", "--json", *named, stdin=content, **several)
    unknown = run("plan", "-", "--connection", "nowhere", stdin=content, **several)

    assert (same.exit_code, told(same)["environment"].partition(",")[0]) == (0, "staging")
    assert (missing.exit_code, told(missing)["environment"].partition(",")[0]) == (1, "production")
    assert [one["stands"] for one in told(missing)["clickpipes"]] == ["missing"]
    assert (left.exit_code, told(left).get("done")) == (1, None)
    assert unknown.exit_code == 2
    assert "staging" in unknown.stderr


@usefixtures
def test_nothing_is_lost_that_is_not_named(run) -> None:
    documents = list(yaml.safe_load_all(run("export", POSTGRES["name"], KAFKA["name"]).stdout))
    documents[1]["stopped"] = True
    content = json.dumps(documents)

    left = run("apply", "-", "--json", stdin=content)
    strange = run("apply", "-", "--delete", KAFKA["name"], stdin=content)
    done = run(
        "apply", "-", "--json", "--agree", KAFKA["name"], "--delete", S3["name"], stdin=content
    )

    assert left.exit_code == 1
    assert [one["tool"] for one in told(left)["left"]] == ["stop_clickpipe"]
    assert strange.exit_code == 2
    assert "delete" in strange.stderr
    assert done.exit_code == 0
    assert [one["tool"] for one in told(done)["done"]] == ["stop_clickpipe", "delete_clickpipe"]


@usefixtures
@pytest.mark.parametrize("proof", ["pin", "passkey"])
def test_no_name_on_a_command_line_is_the_proof_that_the_operator_wants(run, proof) -> None:
    documents = list(yaml.safe_load_all(run("export", KAFKA["name"]).stdout))
    documents[0]["stopped"] = True
    named = ("--agree", KAFKA["name"], "--delete", S3["name"])

    left = run(
        "apply", "-", "--json", *named, stdin=json.dumps(documents), CLICKPIPES_APPROVAL=proof
    )

    assert left.exit_code == 1
    assert "done" not in told(left)
    assert [one["tool"] for one in told(left)["left"]] == ["stop_clickpipe", "delete_clickpipe"]
    assert f"CLICKPIPES_APPROVAL={proof}" in told(left)["warnings"][0]


@usefixtures
def test_no_name_on_a_command_line_sends_a_secret_to_a_host_nobody_was_shown(run, tmp_path) -> None:
    Journal(tmp_path / "journal.jsonl", SystemClock()).intent(
        tool="create_kafka_clickpipe",
        operation="create",
        secrets=[note_secret("env:CLICKPIPES_SECRET_ROAMING", "db.corp.example")],
    )
    (document,) = yaml.safe_load_all(run("export", KAFKA["name"]).stdout)
    login = {"username": "reader", "password": "${env:CLICKPIPES_SECRET_ROAMING}"}
    document["source"]["credentials"] = login
    document["name"] = "another"

    secret = {"CLICKPIPES_SECRET_ROAMING": "invented"}
    named = ("--agree", "another")
    left = run("apply", "-", "--json", *named, stdin=json.dumps(document), **secret)

    assert left.exit_code == 1, left.output
    (row,) = told(left)["left"]
    assert "is to go to" in row["outcome"]
    assert "done" not in told(left)


@usefixtures
def test_the_journal_tells_who_agreed(run, tmp_path) -> None:
    content = run("export", KAFKA["name"]).stdout
    run("apply", "-", "--delete", S3["name"], stdin=content)
    lines = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]

    assert {line["tool"] for line in lines} == {"delete_clickpipe"}
    assert lines[0]["consent"] == "named on the command line"


@usefixtures
def test_a_secret_that_stands_in_a_file_is_not_printed(run, tmp_path) -> None:
    (document,) = yaml.safe_load_all(run("export", KAFKA["name"]).stdout)
    document["source"]["credentials"] = {"username": "reader", "password": CANARY}
    anew = document | {"name": "anew", "destination": document["destination"] | {"table": "anew"}}
    wrong = anew | {"name": "wrong", "source": anew["source"] | {"authentication": CANARY}}
    document["source"] = document["source"] | {"authentication": "SCRAM-SHA-512"}

    runs = [
        run(command, "-", *form, "--agree", KAFKA["name"], stdin=json.dumps(content))
        if command == "apply"
        else run(command, "-", *form, stdin=json.dumps(content))
        for content in ([wrong], [document, anew])
        for command in ("plan", "apply")
        for form in ((), ("--json",))
    ]

    assert [one.exit_code for one in runs[-2:]] == [0, 0], [one.output for one in runs[-2:]]
    assert not [one.output for one in runs if CANARY in one.stdout + one.stderr]
    assert CANARY not in (tmp_path / "journal.jsonl").read_text()


@usefixtures
def test_what_cannot_be_done_is_said_in_one_line(run) -> None:
    read_only = run("apply", "-", "--json", stdin="kind: kafka\nname: a", CLICKPIPES_READ_ONLY="1")
    for done in (
        run("plan", "-", stdin="kind: nothing"),
        run("export", "--format", "hcl"),
        run("export", "no such pipe"),
        run("plan", "no such file"),
    ):
        assert done.exit_code == 2
        assert "Traceback" not in done.output
    assert read_only.exit_code == 1
    assert "does not offer" in told(read_only)["left"][0]["outcome"]


@usefixtures
def test_an_export_says_on_the_side_what_it_does_not_say(run) -> None:
    done = run("export", "--format", "terraform")

    assert done.stdout.startswith("terraform {")
    assert "warning:" in done.stderr
    assert "warning:" not in done.stdout
    assert "my_password" not in done.output
