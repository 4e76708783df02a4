"""The program as users run it: a process of its own, or in this one what needs none."""

import gc
import json
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from click.testing import CliRunner, Result

import clickpipes_mcp
from clickpipes_mcp.cli.program import program
from clickpipes_mcp.demo import chapters
from clickpipes_mcp.drift.own_document import own_document
from clickpipes_mcp.listener import listen
from clickpipes_mcp.simulator import SCENARIOS
from clickpipes_mcp.sources import SOURCES
from tests.faults.processes import ended

ROOT = Path(clickpipes_mcp.__file__).parent.parent
PROGRAM = [sys.executable, "-m", "clickpipes_mcp"]
PATIENCE_S = 600
SETTINGS = ("CLICKPIPES_", "CLICKHOUSE_", "KEY_", "ORG_ID", "SERVICE_ID")
WITH_A_KEY = {
    "CLICKHOUSE_CLOUD_API_KEY": "example-access-key",
    "CLICKHOUSE_CLOUD_API_SECRET": "example-access-secret",
}


def environment(**settings: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)}
    path = os.pathsep.join(filter(None, (str(ROOT), clean.get("PYTHONPATH"))))
    return {**clean, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **settings}


def run(
    *arguments: str, cwd: Path | None = None, stdin: str = "", **settings: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*PROGRAM, *arguments],
        cwd=cwd,
        env=environment(**settings),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """What a run said that exits with 2 and no traceback."""
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    return done.stderr


def run_here(*arguments: str, stdin: str = "", **settings: str | None) -> Result:
    """Run a command that ends by itself in this process, with these settings alone."""
    others = {name: None for name in os.environ if name.startswith(SETTINGS)}
    with process_as_it_was():
        return CliRunner().invoke(program, arguments, input=stdin, env={**others, **settings})


@contextmanager
def process_as_it_was() -> Iterator[None]:
    """Undo what a command sets for its whole process: the logs, and garbage collection."""
    root = logging.getLogger()
    level, filters = root.level, {handler: [*handler.filters] for handler in root.handlers}
    try:
        yield
    finally:
        root.setLevel(level)
        for handler, before in filters.items():
            handler.filters = before
        gc.enable()


def refused_here(done: Result) -> str:
    """What a run in this process said that exits with 2 by itself."""
    assert done.exit_code == 2, done.stderr
    assert isinstance(done.exception, SystemExit)
    assert done.stdout == ""
    return done.stderr


def test_help_names_every_command():
    done = run("--help")
    assert done.returncode == 0
    for command in ("serve", "demo", "simulate", "schemas", "doctor"):
        assert f"\n  {command} " in done.stdout


def test_the_version_is_the_packages():
    assert clickpipes_mcp.__version__ in run("--version").stdout


def test_help_imports_nothing_heavy():
    watched = "import sys; from clickpipes_mcp.cli import program; print(sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", watched],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=True,
    )
    assert not {"mcp", "httpx2", "pydantic", "starlette", "rich"} & set(eval(done.stdout))  # noqa: S307


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "SIMULATOR, nothing real is created"),
        (("serve", "--consent", "dangerously-off"), "CONSENT IS OFF"),
        (("--read-only",), "read-only"),
    ],
)
def test_serving_is_the_default_and_ends_with_its_input(arguments, told):
    done = run(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert told in done.stderr


@pytest.mark.slow
def test_the_announcement_names_the_api_and_not_the_secret():
    done = run("serve", **WITH_A_KEY)
    assert "ClickHouse Cloud at https://api.clickhouse.cloud" in done.stderr
    assert "example-access-secret" not in done.stderr


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"CLICKHOUSE_CLOUD_API_KEY": "example-access-key"}, "CLICKHOUSE_CLOUD_API_SECRET is not"),
        ({"CLICKPIPES_READONLY": "1"}, "did you mean CLICKPIPES_READ_ONLY?"),
        ({"CLICKPIPES_SIMULATOR": "false"}, "there is no API key"),
    ],
)
def test_unusable_settings_are_explained(settings, told):
    assert told in refused_here(run_here("serve", **settings))


@pytest.mark.parametrize(
    ("option", "value"),
    [("--consent", "maybe"), ("--toolsets", "everything"), ("--log-level", "loud"),
     ("--api-url", "http://example.com"), ("--service-id", "analytics")],
)  # fmt: skip
def test_an_unusable_option_is_explained(option, value):
    assert option.strip("-").replace("-", "_") in refused_here(run_here("serve", option, value))


def test_what_is_unusable_is_explained_without_a_traceback():
    told = refused(run("serve", CLICKPIPES_SOURCES="cassandra"))
    assert "There is no source named cassandra" in told


@pytest.mark.slow
def test_options_win_over_the_environment():
    done = run("serve", "--consent", "ask", CLICKPIPES_CONSENT="dangerously-off")
    assert "CONSENT IS OFF" not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [("serve", "--simulator-state"), ("simulate", "--port", "0", "--state")]
)
def test_a_damaged_simulator_state_is_refused_and_kept(tmp_path, arguments):
    state = tmp_path / "world.json"
    state.write_text("{", encoding="utf-8")
    told = refused(run(*arguments, str(state)))
    assert "cannot be read" in told
    assert state.read_text(encoding="utf-8") == "{"


@pytest.mark.parametrize("option", ["--key-id", "--key-secret"])
def test_there_is_no_option_for_a_secret(option):
    assert "No such option" in refused_here(run_here("serve", option, "x"))


@pytest.mark.parametrize(
    ("era", "version"),
    [
        ("modern", "2026-07-28"),
        pytest.param("legacy", "2025-11-25", marks=pytest.mark.slow),
    ],
)
def test_every_step_of_the_whole_demo_ends_as_it_should_in_both_eras(era, version):
    done = run("demo", "--all", "--fast", "--no-color", "--era", era)
    assert done.returncode == 0, done.stdout
    assert f"MCP {version} over stdio" in " ".join(done.stdout.replace("│", "").split())
    steps = sum(len(chapter.steps) for chapter in chapters())
    assert re.search(rf"steps as they should be +{steps} ", done.stdout)
    assert re.search(rf"pipes created +{len(SOURCES) + 2} ", done.stdout)
    assert re.search(r"consent +asked 6 times, given 3 times", done.stdout)
    assert "everything as it should be" in done.stdout
    assert "Left out, for want of a database." in done.stdout
    assert "\x1b" not in done.stdout


def test_a_demo_at_a_database_that_is_not_there_says_so_and_not_its_password():
    address = "postgresql://owner:quiet4711@127.0.0.1:1/shop"

    done = run_here("demo", "--all", "--fast", "--database", address)

    assert done.exit_code == 1
    assert "No connection was made" in done.output
    assert "quiet4711" not in done.output
    assert "--all" in refused_here(run_here("demo", "--database", address))


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="pipes break otherwise there")
def test_a_demo_whose_reader_leaves_ends_quietly():
    with (
        subprocess.Popen(
            [*PROGRAM, "demo", "--fast"],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as playing,
        ended(playing),
    ):
        assert playing.stdout is not None
        assert playing.stderr is not None
        assert "SIMULATOR" in playing.stdout.readline()
        playing.stdout.close()
        assert playing.stderr.read() == ""
        assert playing.wait(PATIENCE_S) == 141


def test_schemas_are_as_they_were_written_and_every_difference_is_a_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    written = run_here("schemas", "--write", "--folder", "here")
    checked = run_here("schemas", "--check", "--folder", "here")
    assert (written.exit_code, checked.exit_code) == (0, 0)
    (tmp_path / "here" / "get_clickpipe.json").unlink()
    (tmp_path / "here" / "frobnicate.json").write_text("{}", encoding="utf-8")
    done = run_here("schemas", "--check", "--folder", "here")
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "here: get_clickpipe.json is missing",
        "here: frobnicate.json is left over",
        "To mend it: clickpipes-mcp schemas --write --folder here",
    ]


def test_schemas_wants_to_know_what_to_do():
    assert "--write, --check and --format" in refused_here(run_here("schemas"))
    both = run_here("schemas", "--write", "--check")
    assert "--write, --check and --format" in refused_here(both)


def test_functions_are_printed_and_what_they_cannot_say_is_counted():
    done = run_here("schemas", "--format", "openai-strict")

    functions = json.loads(done.stdout)
    assert {function["strict"] for function in functions} == {True}
    assert "Not expressible as openai-strict: " in done.stderr
    assert "annotations (" in done.stderr


def test_a_format_without_losses_says_nothing_of_them():
    assert run_here("schemas", "--format", "mcp", "--folder", "-").stderr == ""


def test_functions_are_written_one_file_a_tool(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = run_here("schemas", "--format", "gemini", "--folder", "here")

    names = [path.stem for path in (tmp_path / "here").iterdir()]
    assert done.stdout == f"{len(names)} files in here\n"
    assert "create_kafka_clickpipe" in names


@pytest.mark.slow
def test_doctor_exits_with_0_on_the_simulator():
    done = run("doctor")
    assert done.returncode == 0, done.stdout
    assert "simulator: nothing real" in done.stdout


def test_doctor_exits_with_1_when_something_fails():
    done = run_here("doctor", CLICKHOUSE_CLOUD_API_KEY="example-access-key")
    assert done.exit_code == 1
    assert done.stdout.startswith("fail  settings")
    assert "Traceback" not in done.stderr


def test_doctor_answers_as_json():
    report = json.loads(run_here("doctor", "--json").stdout)
    assert report["ok"] is True
    assert report["checks"][0] == {
        "name": "settings", "status": "ok", "found": "understood", "fix": "",
    }  # fmt: skip


def test_doctor_exits_with_0_when_nothing_has_drifted(tmp_path):
    path = own_document_in(tmp_path)
    done = run_here("doctor", "--drift", str(path))
    assert done.exit_code == 0, done.stdout
    assert done.stdout.startswith(f"Compared with {path}.")
    assert "No drift." in done.stdout


def test_doctor_exits_with_1_when_something_has_drifted_and_says_where(tmp_path):
    path = own_document_in(tmp_path, lost="delete")
    done = run_here("doctor", "--drift", str(path))
    assert done.exit_code == 1, done.stderr
    assert "\nclickpipes_mcp/cloud/requests.py, Requests\n  delete_p" in done.stdout


def test_doctor_answers_drift_as_json(tmp_path):
    done = run_here("doctor", "--json", "--drift", "-", stdin=own_document_in(tmp_path).read_text())
    report = json.loads(done.stdout)
    assert report["ok"] is True
    assert report["compared_with"] == "standard input"
    assert {*report} == {"ok", "compared_with", "drift", "held_on_purpose", "not_met"}
    assert all(entry["reason"] and entry["source"] for entry in report["not_met"])


@pytest.mark.parametrize("arguments", [("absent.json",), ("absent.json", "--json")])
def test_doctor_exits_with_2_when_it_could_not_look(arguments):
    assert "absent.json cannot be read" in refused_here(run_here("doctor", "--drift", *arguments))


def test_doctor_looks_at_the_api_when_no_file_is_named():
    done = run_here("doctor", "--drift", "--json")
    assert "simulator's own document" in json.loads(done.stdout)["compared_with"]


def own_document_in(folder: Path, lost: str = "") -> Path:
    content = own_document()
    for item in content["paths"].values():
        item.pop(lost, None)
    path = folder / "openapi.json"
    path.write_text(json.dumps(content))
    return path


class Simulator:
    """`simulate` in a process of its own."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [*PROGRAM, "simulate", "--port", "0", *arguments],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.told = ""
        for line in iter(self.process.stdout.readline, ""):
            self.told += line
            if line.startswith("clickhousectl "):
                break
        words = self.told.split()
        self.url = next((word.removesuffix("/v1,") for word in words if "://" in word), "")

    def get(self, path: str) -> httpx2.Response:
        key = ("example-access-key", "example-access-secret")
        return httpx2.get(self.url + path, auth=key, trust_env=False, timeout=PATIENCE_S)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode


def test_the_simulator_says_where_it_is_and_has_the_pipes_and_faults_asked_for():
    once = json.dumps({"kind": "status", "path": "/v1/organizations", "status": 503, "times": 1})
    faults = ["--fault", "kind=status,path=/prom,status=502", "--fault", once]
    simulator = Simulator("--pipes", "3", "--control", *faults)
    try:
        assert simulator.get("/v1/organizations").status_code == 503
        organization = simulator.get("/v1/organizations").json()["result"][0]["id"]
        services = f"/v1/organizations/{organization}/services"
        service = simulator.get(services).json()["result"][0]["id"]
        pipes = simulator.get(f"{services}/{service}/clickpipes").json()["result"]
        metrics = simulator.get(f"{services}/{service}/prometheus")
        left = simulator.get("/_simulator/faults").json()["faults"]
    finally:
        simulator.end()
    assert f"service {service}" in simulator.told
    assert organization in simulator.told
    assert f"clickhousectl cloud --url {simulator.url}" in simulator.told
    assert (len(pipes), metrics.status_code, len(left)) == (3, 502, 1)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals end a process there")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_simulator_quietly(number, code):
    simulator = Simulator()
    assert simulator.get("/v1/organizations").status_code == 200
    simulator.process.send_signal(number)
    _, told = simulator.process.communicate(timeout=PATIENCE_S)
    assert simulator.process.returncode == code
    assert told == ""


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--host", "0.0.0.0"], "is not loopback"),  # noqa: S104 # what is refused
        (["--host", "example.com"], "is not loopback"),
        (["--state", "nowhere/world.json"], "there is no such directory"),
        (["--scenario", "doom"], "There are: broker-down"),
        (["--fault", "kind=gremlin"], "a fault needs a kind out of"),
        (["--fault", "sand"], "write it as kind="),
        (["--fault", "{"], "--fault {"),
        (["--speed", "0"], "--speed"),
    ],
)
def test_a_simulator_that_cannot_be_is_refused(arguments, told):
    assert told in refused_here(run_here("simulate", "--port", "0", *arguments))


def test_a_taken_port_is_said():
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        told = refused_here(run_here("simulate", "--port", str(port)))
    assert "cannot be bound" in told


def test_scenarios_are_listed_with_their_causes():
    listed = run_here("simulate", "--scenario", "list")

    assert listed.exit_code == 0, listed.stderr
    assert dict(line.split() for line in listed.stdout.splitlines()) == {
        name: one.cause for name, one in SCENARIOS.items()
    }
