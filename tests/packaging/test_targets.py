"""What other programs install this server from: true, current, and without a secret."""

import json
import re
import runpy
import sys
import threading
import tomllib
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters

from clickpipes_mcp.packaging import TARGETS, Description, health, render
from clickpipes_mcp.packaging.description import (
    NAME,
    SUMMARY,
    VARIABLES,
)
from clickpipes_mcp.packaging.links import cursor, vscode
from clickpipes_mcp.settings import DEFAULT_TOOLSETS, load_settings, variables_of
from clickpipes_mcp.tools import TOOLS
from tests.cli.test_commands import ROOT, run_here

NEXT = Description()
RENDERED = render(NEXT)
RELEASED = render(Description("9.8.7", "io.github.me", is_released=True))
SECRETS = {variable.name for variable in VARIABLES if variable.is_secret}


def documents(rendered):
    return {path: json.loads(text) for path, text in rendered.items() if path.endswith(".json")}


def found(document, key):
    """The objects that stand under a key, however deep."""
    if not isinstance(document, dict):
        return []
    here = [document[key]] if isinstance(document.get(key), dict) else []
    return here + [one for value in document.values() for one in found(value, key)]


def starts(rendered):
    """How each file that starts a server does so."""
    return {
        path: [server["command"], *server["args"]]
        for path, document in documents(rendered).items()
        for servers in found(document, "mcpServers")
        for server in servers.values()
    }


def test_every_target_says_what_it_is_and_names_the_version_it_is_rendered_for():
    for target in TARGETS:
        assert target.title
        assert target.install
        assert target.checked_by
        assert target.documentation.startswith("https://")
        own = [text for path, text in RELEASED.items() if path.startswith(f"{target.key}/")]
        assert any("9.8.7" in text for text in own), target.key
    assert not [path for path, text in RELEASED.items() if NEXT.version in text]


def test_nothing_is_fetched_by_name_before_there_is_a_release():
    """Somebody else could give that name to a package of theirs."""
    assert not [
        path for path, text in RENDERED.items() if re.search("uvx|pypi", text, re.IGNORECASE)
    ]
    assert starts(RENDERED).keys() == starts(RELEASED).keys()
    assert set(map(tuple, starts(RENDERED).values())) == {(NAME,)}
    assert set(map(tuple, starts(RELEASED).values())) == {("uvx", f"{NAME}@9.8.7")}
    unreleased, released = (
        tomllib.loads(rendered["mcpb/pyproject.toml"]) for rendered in (RENDERED, RELEASED)
    )
    assert unreleased["tool"]["uv"]["sources"] == {NAME: {"path": NEXT.wheel}}
    assert released["project"]["dependencies"] == [f"{NAME}==9.8.7"]
    assert "tool" not in released


def test_no_namespace_is_claimed_before_one_is_given():
    unreleased, released = (documents(r)["registry/server.json"] for r in (RENDERED, RELEASED))
    assert unreleased["name"] == f"com.example/{NAME}"
    assert released["name"] == f"io.github.me/{NAME}"
    label = f'io.modelcontextprotocol.server.name="io.github.me/{NAME}"'
    assert label in RELEASED["docker/Dockerfile"]
    assert "io.modelcontextprotocol" not in RENDERED["docker/Dockerfile"]


def test_no_package_holds_the_value_of_a_variable():
    for rendered in (RENDERED, RELEASED):
        for path, document in documents(rendered).items():
            for environment in found(document, "env"):
                for name, value in environment.items():
                    assert re.fullmatch(r"\$\{user_config\.\w+\}", value), f"{path}: {name}"
        assert not [path for path, text in rendered.items() if re.search(r"KEY_SECRET\s*=", text)]


def test_whoever_asks_for_a_secret_asks_for_it_as_one():
    asked = documents(RELEASED)
    server = asked["registry/server.json"]["packages"][0]["environmentVariables"]
    assert {v["name"] for v in server if v["isSecret"]} == SECRETS
    settings = asked["gemini/gemini-extension.json"]["settings"]
    assert {v["envVar"] for v in settings if v["sensitive"]} == SECRETS
    for form in (
        asked["mcpb/manifest.json"]["user_config"],
        asked["claude_code/.claude-plugin/plugin.json"]["userConfig"],
    ):
        assert {key for key, v in form.items() if v["sensitive"]} == {"key_secret"}
        assert {v["default"] for v in form.values()} == {""}


def test_what_a_person_leaves_empty_counts_as_left_out():
    assert load_settings({variable.name: "" for variable in VARIABLES}) == load_settings({})


def test_the_description_says_what_the_project_and_the_settings_say():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == NAME
    assert project["license"] == NEXT.license
    assert project["requires-python"] == NEXT.python
    assert sorted(project["keywords"]) == sorted(NEXT.keywords)
    preferred = {variables_of(name)[0] for name in ("key_id", "key_secret", "service_id")}
    assert preferred <= {variable.name for variable in VARIABLES}
    assert all(variable.description for variable in VARIABLES)
    assert SUMMARY.count(".") == 1
    assert SUMMARY.endswith(".")


def test_the_bundle_lists_the_tools_that_are_offered_by_default():
    listed = documents(RENDERED)["mcpb/manifest.json"]["tools"]
    offered = {tool.name: tool.description for tool in TOOLS if tool.toolset in DEFAULT_TOOLSETS}
    assert [tool["name"] for tool in listed] == [*offered]
    assert all(offered[tool["name"]].startswith(tool["description"][:-1]) for tool in listed)


def test_the_image_runs_as_nobody_and_builds_nothing():
    lines = RENDERED["docker/Dockerfile"].splitlines()
    last_stage = lines[max(i for i, line in enumerate(lines) if line.startswith("FROM")) :]
    assert "USER 10001:10001" in last_stage
    assert not [line for line in last_stage if "pip install" in line or "apt" in line]
    assert any("pip uninstall" in line for line in last_stage)
    assert any(line.startswith("HEALTHCHECK") for line in last_stage)


class Alive(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == self.server.lives_at else 503)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("said_by", ["command", "equals sign", "environment"])
def test_the_container_is_healthy_while_its_server_answers(said_by, tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with ThreadingHTTPServer(("127.0.0.1", 0), Alive) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        bound = f"0.0.0.0:{server.server_port}"
        words = {"command": ["--http", bound], "equals sign": [f"--http={bound}"]}.get(said_by, [])
        if not words:
            monkeypatch.setenv("CLICKPIPES_HTTP", bound)
        said = tmp_path / "cmdline"
        said.write_text("\0".join([NAME, "serve", *words, ""]), encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["health.py", str(said)])
        for server.lives_at, exit_code in (("/healthz", False), ("/elsewhere", True)):
            with pytest.raises(SystemExit) as ended:
                runpy.run_path(health.__file__, run_name="__main__")
            assert ended.value.code == exit_code
        server.shutdown()
    with pytest.raises(ConnectionRefusedError):
        runpy.run_path(health.__file__, run_name="__main__")


def test_over_standard_input_there_is_nobody_to_ask(tmp_path, monkeypatch):
    monkeypatch.delenv("CLICKPIPES_HTTP", raising=False)
    said = tmp_path / "cmdline"
    said.write_text(f"{NAME}\0", encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["health.py", str(said)])
    runpy.run_path(health.__file__, run_name="__main__")


def opened_by_vscode():
    """What VS Code reads out of its link."""
    scheme, _, encoded = parse_qs(urlsplit(vscode()).query)["url"][0].partition("?")
    assert scheme == "vscode:mcp/install"
    return json.loads(unquote(encoded))


def opened_by_cursor():
    """What Cursor reads out of its link."""
    return json.loads(b64decode(parse_qs(urlsplit(cursor()).query)["config"][0]))


def test_the_links_start_the_installed_program_and_carry_no_secret():
    entry = opened_by_vscode()
    assert entry["command"] == NAME
    assert entry["env"] == {
        "CLICKPIPES_KEY_ID": "${input:key_id}",
        "CLICKPIPES_KEY_SECRET": "${input:key_secret}",
    }
    assert [given["id"] for given in entry["inputs"] if given["password"]] == ["key_secret"]
    assert opened_by_cursor() == {"command": NAME, "args": []}


@pytest.mark.slow
@pytest.mark.anyio
async def test_what_a_link_or_a_plugin_says_starts_the_server(tmp_path):
    """As the client does it, with nothing typed where it asks; each way to start is tried once."""
    found_in = [opened_by_vscode(), opened_by_cursor()]
    for document in documents(RENDERED).values():
        found_in += [one for servers in found(document, "mcpServers") for one in servers.values()]
    typed = [
        {
            "command": entry["command"],
            "args": entry["args"],
            "env": dict.fromkeys(entry.get("env", {}), ""),
        }
        for entry in found_in
    ]
    distinct = {json.dumps(entry): entry for entry in typed}
    assert len(typed) >= 5 > len(distinct)
    home = {"HOME": str(tmp_path), "PATH": str(Path(sys.executable).parent)}
    for entry in distinct.values():
        command = StdioServerParameters(
            command=entry["command"], args=entry["args"], env={**entry["env"], **home}
        )
        async with Client(command) as client:
            answer = await client.call_tool("list_services", {})
            assert (answer.structured_content or {})["services"], entry


def test_the_command_writes_checks_and_names_what_is_different(tmp_path):
    there = ("--folder", str(tmp_path))
    assert run_here("package", "--write", *there).exit_code == 0
    assert run_here("package", "--check", *there).exit_code == 0
    (tmp_path / "gemini" / "gemini-extension.json").unlink()
    (tmp_path / "mcpb" / "server.py").write_text("")
    (tmp_path / "codex" / "old.json").write_text("{}")
    done = run_here("package", "--check", *there)
    assert done.exit_code == 1
    for said in ("extension.json is missing", "server.py is outdated", "old.json is left over"):
        assert said in done.output
    assert run_here("package", "--check", "cursor", *there).exit_code == 0
    assert run_here("package", "--check", "cursor", *there, "--release", "9.8.7").exit_code == 1
    assert "There are: registry, mcpb" in run_here("package", "--check", "snap").stderr
    assert "one of --write and --check" in run_here("package").stderr


def test_an_image_is_built_with_all_that_a_build_reads():
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = document["tool"]["hatch"]["build"]["targets"]["wheel"]
    read = {
        "pyproject.toml",
        document["project"]["readme"],
        *document["project"]["license-files"],
        *wheel["packages"],
        *wheel["force-include"],
    }
    ignored = render(Description())["docker/Dockerfile.dockerignore"].splitlines()

    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == read
