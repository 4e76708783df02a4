"""What the doctor finds, on simulators in process and over TCP."""

import json
import os
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clickpipes_mcp.clock import ManualClock, SystemClock
from clickpipes_mcp.connecting import (
    CLIENTS,
    ServerCommand,
    entry_in,
    plan,
    server_command,
    this_platform,
)
from clickpipes_mcp.consent import Pin
from clickpipes_mcp.doctor import Check, examine
from clickpipes_mcp.journal import Journal
from clickpipes_mcp.simulator import (
    DEFAULT_SERVICE_ID,
    IDLE_SERVICE_ID,
    Fault,
    SimulatorOptions,
    build_simulator,
)
from clickpipes_mcp.simulator.serving.serve import serving
from clickpipes_mcp.state_directory import state_directory
from tests.cli.test_commands import run_here
from tests.http.issuer import issuing
from tests.ports import free_port

pytestmark = pytest.mark.anyio

KEY_ID, SECRET = "example-access-key", "example-access-secret"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"


def at(port: int, *, key_id: str = KEY_ID, secret: str = SECRET, **more: str) -> dict[str, str]:
    return {
        "CLICKHOUSE_CLOUD_API_KEY": key_id,
        "CLICKHOUSE_CLOUD_API_SECRET": secret,
        "CLICKPIPES_API_URL": f"http://127.0.0.1:{port}",
        **more,
    }


async def found(environ: dict[str, str], clock: object = None) -> dict[str, Check]:
    checks = [check async for check in examine(environ, clock or SystemClock())]
    assert all(SECRET not in repr(check) for check in checks)
    return {check.name: check for check in checks}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    """A home of the test's own, in which nothing is installed."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.chdir(tmp_path)
    return home


@pytest.fixture
async def port() -> AsyncIterator[int]:
    options = SimulatorOptions(pipes=3, key=(KEY_ID, SECRET))
    async with serving(build_simulator(options, SystemClock()), "127.0.0.1", 0) as bound:
        yield bound


async def test_without_a_key_the_simulator_is_examined_and_named():
    checks = await found({})
    assert all(check.status == "ok" for check in checks.values())
    assert "simulator: nothing real" in checks["environment"].found
    assert "CLICKHOUSE_CLOUD_API_KEY" in checks["environment"].fix


async def test_a_good_key_passes_every_check(port):
    checks = await found(at(port))
    assert {check.status for check in checks.values()} == {"ok"}
    assert checks["credentials"].found.endswith(
        "CLICKHOUSE_CLOUD_API_KEY and CLICKHOUSE_CLOUD_API_SECRET"
    )
    assert checks["key"].found == "accepted"
    assert "3 in simulated-analytics, 0 in simulated-idle" in checks["permission"].found
    assert "not ClickHouse Cloud's" in checks["environment"].found
    assert checks["clock"].status == "ok"


async def test_how_far_the_tools_reach_is_told(port):
    fences = {
        "CLICKPIPES_ALLOW": "write",
        "CLICKPIPES_PROTECTED": "prod-*,billing",
        "CLICKPIPES_OWN_ONLY": "true",
    }
    checks = await found(at(port, **fences))
    assert checks["level"].found.startswith("write: ")
    assert "prod-*, billing" in checks["protected"].found
    assert checks["own only"].status == "ok"
    checks = await found(at(port, **fences, CLICKPIPES_JOURNAL="off"))
    assert checks["own only"].status == "fail"
    assert "CLICKPIPES_JOURNAL" in checks["own only"].fix


async def test_a_journal_in_which_a_line_was_changed_is_told(port, tmp_path):
    path = tmp_path / "journal"
    journal = Journal(path, SystemClock())
    for name in ("one", "two"):
        journal.intent(tool="t", operation="scale", name=name)
    asked = at(port, CLICKPIPES_JOURNAL=str(path))
    assert (await found(asked))["journal"].status == "ok"
    path.write_text(path.read_text().replace("one", "others"))
    check = (await found(asked))["journal"]
    assert check.status == "warn"
    assert "journal verify" in check.fix


async def test_a_wrong_key_reaches_the_api_and_is_refused(port):
    checks = await found(at(port, key_id="another-key"))
    assert checks["connection"].status == "ok"
    assert checks["key"].status == "fail"
    assert checks["key"].fix
    assert "organization" not in checks


async def test_a_dead_port_is_no_connection():
    checks = await found(at(free_port()))
    assert checks["connection"].status == "fail"
    assert "could not be reached" in checks["connection"].found
    assert "key" not in checks
    assert "clock" not in checks


async def test_an_api_that_breaks_off_is_no_connection():
    faults = (Fault("reset"),)
    app = build_simulator(SimulatorOptions(faults=faults), SystemClock())
    async with serving(app, "127.0.0.1", 0) as port:
        checks = await found(at(port))
    assert checks["connection"].status == "fail"


async def test_half_a_key_is_a_matter_of_settings():
    checks = await found({"CLICKHOUSE_CLOUD_API_KEY": KEY_ID})
    assert [check.status for check in checks.values()] == ["fail"]
    assert "CLICKHOUSE_CLOUD_API_SECRET is not" in checks["settings"].found


async def test_consent_that_is_off_is_a_warning(port):
    checks = await found(at(port, CLICKPIPES_CONSENT="dangerously-off"))
    assert checks["consent"].status == "warn"


async def test_an_organization_the_key_does_not_know_fails(port):
    checks = await found(at(port, CLICKPIPES_ORGANIZATION_ID=UNKNOWN_ID))
    assert checks["organization"].status == "fail"
    assert "CLICKPIPES_ORGANIZATION_ID" in checks["organization"].fix


async def test_only_the_pinned_service_is_looked_at(port):
    checks = await found(at(port, CLICKPIPES_SERVICE_ID=DEFAULT_SERVICE_ID))
    assert checks["services"].found == "simulated-analytics (running)"
    assert "simulated-idle" not in checks["permission"].found


async def test_a_pinned_service_that_is_idle_is_a_warning(port):
    checks = await found(at(port, CLICKPIPES_SERVICE_ID=IDLE_SERVICE_ID))
    assert checks["services"].status == "warn"


async def test_a_pinned_service_that_is_not_there_fails(port):
    checks = await found(at(port, CLICKPIPES_SERVICE_ID=UNKNOWN_ID))
    assert checks["services"].status == "fail"
    assert "CLICKPIPES_SERVICE_ID" in checks["services"].fix


@pytest.mark.parametrize(
    ("path", "check"),
    [("/clickpipes", "permission"), ("/services", "services")],
)
async def test_a_permission_that_is_missing_fails(path, check):
    faults = (Fault("status", path=path, status=403, text="FORBIDDEN"),)
    app = build_simulator(SimulatorOptions(faults=faults), SystemClock())
    async with serving(app, "127.0.0.1", 0) as port:
        checks = await found(at(port))
    assert checks["key"].status == "ok"
    assert checks[check].status == "fail"
    assert checks[check].fix


async def test_a_clock_that_is_wrong_is_a_warning(port):
    checks = await found(at(port), ManualClock(datetime(2020, 1, 1, tzinfo=UTC)))
    assert checks["clock"].status == "warn"
    assert "apart" in checks["clock"].found


@pytest.mark.skipif(os.name != "posix", reason="permissions are kept otherwise there")
@pytest.mark.parametrize(("mode", "status"), [(0o700, "ok"), (0o750, "warn")])
async def test_a_secrets_directory_is_for_its_owner_alone(tmp_path, mode, status):
    tmp_path.chmod(mode)
    checks = await found({"CLICKPIPES_SECRETS_DIR": str(tmp_path)})
    assert checks["secrets directory"].status == status
    assert (checks["secrets directory"].fix != "") == (status == "warn")


async def test_secret_bindings_are_read(tmp_path):
    file = tmp_path / "bindings"
    file.touch(0o600)
    variables = {"CLICKPIPES_SECRETS_BINDINGS": str(file)}
    for text, status in (("env:X_1 db.example kind:kafka", "ok"), ("env:X_1 kind:oracle", "fail")):
        file.write_text(text)
        assert (await found(variables))["secret bindings"].status == status


async def test_a_journal_that_can_be_written_passes(tmp_path):
    journal = tmp_path / "deep" / "journal.jsonl"
    checks = await found({"CLICKPIPES_JOURNAL": str(journal)})
    assert checks["journal"].status == "ok"
    assert not journal.parent.exists()


@pytest.mark.parametrize("place", ["a directory", "below a file"])
async def test_a_journal_that_cannot_be_written_fails(tmp_path: Path, place):
    (tmp_path / "file").touch()
    journal = tmp_path if place == "a directory" else tmp_path / "file" / "journal.jsonl"
    checks = await found({"CLICKPIPES_JOURNAL": str(journal)})
    assert checks["journal"].status == "fail"


async def test_callers_over_http_are_looked_at(tmp_path):
    tokens = tmp_path / "tokens"
    tokens.write_text("alice " + "a" * 32)
    tokens.chmod(0o600)
    served = {"CLICKPIPES_HTTP": "8000"}
    assert (await found(served))["callers"].found == "anybody on this machine"
    guarded = {**served, "CLICKPIPES_HTTP_TOKENS": str(tokens)}
    assert (await found(guarded))["bearer tokens"] == Check("bearer tokens", "ok", "held by alice")
    for mode, status in ((0o640, "warn"), (0o644, "fail"), (0o600, "ok")):
        tokens.chmod(mode)
        assert (await found(guarded))["bearer tokens"].status == status
    tokens.write_text("alice short")
    assert (await found(guarded))["bearer tokens"].status == "fail"


async def test_the_keys_of_an_issuer_are_looked_at():
    async with issuing() as issuer:
        served = {
            "CLICKPIPES_HTTP": "8000",
            "CLICKPIPES_HTTP_URL": "http://127.0.0.1:8000/mcp",
            "CLICKPIPES_HTTP_ISSUER": issuer.url,
        }
        assert (await found(served))["issuer"].status == "ok"
        issuer.is_down = True
        assert (await found(served))["issuer"].status == "fail"


async def test_a_journal_that_is_switched_off_is_a_warning(port):
    checks = await found(at(port, CLICKPIPES_JOURNAL="off"))
    assert checks["journal"].status == "warn"


async def test_a_damaged_state_of_the_simulator_is_a_failed_check(tmp_path):
    state = tmp_path / "world.json"
    state.write_text("{")
    checks = await found({"CLICKPIPES_SIMULATOR_STATE": str(state)})
    assert checks["simulator"].status == "fail"
    assert "left untouched" in checks["simulator"].found


async def test_a_pin_that_is_asked_for_has_to_be_set():
    wanted = {"CLICKPIPES_APPROVAL": "pin"}
    missing = (await found(wanted))["approval PIN"]
    Pin(state_directory(), ManualClock()).set("482-913")

    assert (missing.status, missing.fix) == ("fail", "clickpipes-mcp approve --set-pin")
    assert (await found(wanted))["approval PIN"].status == "ok"
    assert "approval PIN" not in await found({})


async def test_it_takes_as_many_requests_as_it_says_and_leaves_four():
    asked: list[str] = []
    simulator = build_simulator(SimulatorOptions(key=(KEY_ID, SECRET)), SystemClock())

    async def counted(scope, receive, send) -> None:
        asked.append(scope["path"])
        await simulator(scope, receive, send)

    async with serving(counted, "127.0.0.1", 0) as bound:
        checks = await found(at(bound))
    assert checks["rate limit"].found.startswith(f"{len(asked)} of the key's 10 requests in 10 s")
    assert len(asked) <= 6


async def test_a_key_whose_requests_are_used_up_is_told():
    faults = (Fault("status", status=429, seconds=60),)
    app = build_simulator(SimulatorOptions(faults=faults), SystemClock())
    async with serving(app, "127.0.0.1", 0) as port:
        checks = await found(at(port))
    assert checks["rate limit"].status == "fail"
    assert "one of its own" in checks["rate limit"].fix
    assert "key" not in checks


async def test_connections_with_one_key_are_asked_about_once(port, tmp_path, monkeypatch):
    monkeypatch.setenv("DOCTORS_SECRET", SECRET)
    file = tmp_path / "connections.toml"
    table = f'key_id = "{KEY_ID}"\nkey_secret = "env:DOCTORS_SECRET"\n'
    address = f'api_url = "http://127.0.0.1:{port}"\n'
    file.write_text(
        f'default = "dev"\n[dev]\n{table}{address}[prod]\n{table}{address}allow = "read"\n'
    )
    checks = await found({"CLICKPIPES_CONNECTIONS": str(file), "DOCTORS_SECRET": SECRET})
    assert checks["dev: permission"].status == "ok"
    assert "dev has the same key" in checks["prod: key"].found
    assert "prod: permission" not in checks


@pytest.mark.parametrize(
    ("variables", "check", "told"),
    [
        ({"HTTPS_PROXY": "http://user:hidden@127.0.0.1:9"}, "proxy", "the one that HTTPS_PROXY"),
        ({"HTTPS_PROXY": "nonsense://"}, "proxy", "HTTPS_PROXY holds no address"),
        ({"SSL_CERT_FILE": "/nowhere"}, "certificates", "SSL_CERT_FILE names no certificates"),
        ({"CLICKPIPES_CA_FILE": __file__}, "certificates", "CLICKPIPES_CA_FILE names no"),
        ({"SSLKEYLOGFILE": "keys.log"}, "TLS keys", "keys.log can read along"),
    ],
)
async def test_what_stands_on_the_way_to_the_api_is_looked_at(monkeypatch, variables, check, told):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nobody is there: nothing goes out
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    given = {**at(0), "CLICKPIPES_API_URL": "https://api.example.com", **variables}
    checks = await found(given, ManualClock(datetime.now(UTC)))
    assert told in checks[check].found
    assert checks["connection"].status == "fail"
    assert "hidden" not in repr(checks)


async def test_secrets_that_others_can_read_are_closed_and_links_are_left_alone(home, tmp_path):
    secrets = home / ".config" / "clickpipes-mcp" / "secrets"
    assert (await found({}))["secrets directory"].fix == f"mkdir -m 700 {secrets}"
    secrets.mkdir(parents=True, mode=0o755)
    elsewhere = tmp_path / "elsewhere"
    for path in (secrets / "kafka", elsewhere):
        path.write_text(SECRET)
        path.chmod(0o644)
    (secrets / "link").symlink_to(elsewhere)
    for name in ("secrets directory", "secret files"):
        check = (await found({}))[name]
        assert check.status == "warn"
        assert check.mend is not None
        assert check.mend().startswith("chmod")
    checks = await found({})
    assert checks["secrets directory"].status == "ok"
    assert "secret files" not in checks
    assert (secrets / "kafka").stat().st_mode & 0o777 == 0o600
    assert elsewhere.stat().st_mode & 0o777 == 0o644


async def test_a_keyring_that_can_keep_secrets_is_told(monkeypatch):
    assert "none that can" in (await found({}))["keyring"].found
    monkeypatch.setattr("clickpipes_mcp.secret_keyring.is_there", lambda: True)
    assert (await found({}))["keyring"].found == "can keep API keys and secrets"


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.key)
async def test_an_assistant_that_starts_a_program_that_is_gone_starts_this_one(client):
    platform = this_platform()
    path = client.user(platform)
    plan(client, path, "clickpipes", client.entry(ServerCommand("/nowhere/at-all"))).carry_out()
    check = (await found({}))[client.title]
    assert check.status == "warn"
    assert check.fix == f"clickpipes-mcp connect {client.key}"
    assert check.mend is not None
    assert str(path) in check.mend()
    assert (await found({}))[client.title].status == "ok"
    path.write_text("{[broken")
    assert (await found({}))[client.title].status == "warn"


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.key)
async def test_a_program_that_is_gone_leaves_its_options_to_the_one_that_is_there(client):
    path, kept = client.user(this_platform()), ("--read-only", "--toolsets", "pipes")
    for program, arguments in (
        ("/nowhere/clickpipes-mcp", kept),
        ("/nowhere/python", ("-m", "clickpipes_mcp", *kept)),
        ("/nowhere/uvx", ("clickpipes-mcp", *kept)),
    ):
        entry = client.entry(ServerCommand(program, arguments))
        plan(client, path, "clickpipes", entry).carry_out()
        check = (await found({}))[client.title]
        assert check.mend is not None
        if program.endswith("uvx"):
            run_here("connect", client.key, stdin="n\n")
        else:
            check.mend()
        now = server_command()
        wanted = client.entry(ServerCommand(now.program, (*now.arguments, *kept)))
        written = entry_in(client, path, "clickpipes")
        assert isinstance(written, Mapping)
        assert written.items() >= wanted.items()
    other = client.entry(ServerCommand("/nowhere/docker", ("run", "image", *kept)))
    plan(client, path, "clickpipes", other).carry_out()
    check = (await found({}))[client.title]
    assert check.mend is None
    assert "by hand" in check.fix
    assert "--remove first" in run_here("connect", client.key).stderr


async def test_a_file_of_an_assistant_that_shows_a_secret_to_others_is_told(home):
    cursor = home / ".cursor" / "mcp.json"
    cursor.parent.mkdir()
    written = {"command": "sh", "env": {"CLICKHOUSE_CLOUD_API_SECRET": SECRET}}
    cursor.write_text(json.dumps({"mcpServers": {"clickpipes": written}}))
    cursor.chmod(0o644)
    assert (await found({}))["Cursor file"].status == "warn"
    written["env"]["CLICKHOUSE_CLOUD_API_SECRET"] = "${input:key}"
    cursor.write_text(json.dumps({"mcpServers": {"clickpipes": written}}))
    assert "Cursor file" not in await found({})


async def test_without_any_connected_assistant_it_says_how_to_connect_one(home):
    assert (await found({}))["assistants"].fix == "clickpipes-mcp connect CLIENT"
    (home / ".cursor").mkdir()
    assert (await found({}))["assistants"].fix == "clickpipes-mcp connect cursor"


async def test_a_user_without_a_home_is_not_asked_for_assistants(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert "not looked for" in (await found({}))["assistants"].found


def test_the_command_mends_what_is_safe_and_says_so(home):
    secrets = home / ".config" / "clickpipes-mcp" / "secrets"
    secrets.mkdir(parents=True, mode=0o755)
    told = run_here("doctor")
    assert f"→ chmod 700 {secrets}" in told.stdout
    assert secrets.stat().st_mode & 0o777 == 0o755
    mended = json.loads(run_here("doctor", "--fix", "--json").stdout)
    done = {check["name"]: check["mending"] for check in mended["checks"] if "mending" in check}
    assert done == {"secrets directory": f"done: chmod 700 {secrets}"}
    assert secrets.stat().st_mode & 0o777 == 0o700
    cursor = home / ".cursor" / "mcp.json"
    cursor.parent.mkdir()
    cursor.write_text(json.dumps({"mcpServers": {"clickpipes": {"command": "/nowhere"}}}))
    backup = cursor.with_name(cursor.name + ".before-clickpipes")
    backup.mkdir()
    assert "not done: " in run_here("doctor", "--fix").stdout
