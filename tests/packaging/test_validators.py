"""Other people's programs over the packages: those that are kept, and those of a release."""

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from clickpipes_mcp.packaging import Description, render, write
from tests.cli.test_commands import PATIENCE_S

RENDERED = {
    "next": render(Description()),
    "released": render(Description("9.8.7", "io.github.me", is_released=True)),
}
SKILLSAW_RULES = {
    "registry": "mcp-registry-server-json-valid",
    "claude_code": "claude-plugin-naming",
    "codex": "codex-plugin-json-valid",
    "cursor": "cursor-plugin-json-valid",
}
each = pytest.mark.parametrize("rendered", RENDERED.values(), ids=RENDERED)


def ran(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


@pytest.mark.packages
@each
def test_server_json_fits_the_schema_of_the_registry(rendered):
    schema = files("skillsaw") / "schemas/mcp_registry/v2025_12_11/server.schema.json"
    check = jsonschema.Draft7Validator(json.loads(schema.read_text(encoding="utf-8")))
    server = json.loads(rendered["registry/server.json"])
    assert server["$schema"] == check.schema["$id"]
    assert [error.message for error in check.iter_errors(server)] == []
    assert not check.is_valid({**server, "description": "x" * 101})


@pytest.mark.packages
@each
def test_hadolint_finds_nothing_in_the_dockerfile(rendered, tmp_path):
    write(tmp_path, rendered)
    hadolint = Path(sys.executable).parent / "hadolint"
    done = ran(hadolint, tmp_path / "docker" / "Dockerfile", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.packages
def test_skillsaw_finds_nothing_in_the_plugins_and_in_server_json(tmp_path):
    for name, rendered in RENDERED.items():
        write(tmp_path / name, rendered)
    folders = [f"{name}/{kind}" for name in RENDERED for kind in SKILLSAW_RULES]
    command = (sys.executable, "-m", "skillsaw", "lint", "--strict", *folders)
    done = ran(*command, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    for kind in SKILLSAW_RULES:
        (manifest,) = (
            path
            for path in (tmp_path / "next" / kind).rglob("*.json")
            if path.name in ("server.json", "plugin.json")
        )
        broken = json.loads(manifest.read_text(encoding="utf-8")) | {"name": "no name"}
        manifest.write_text(json.dumps(broken), encoding="utf-8")
    done = ran(*command, cwd=tmp_path)
    assert done.returncode == 1
    assert [rule for rule in SKILLSAW_RULES.values() if rule not in done.stdout] == []


@pytest.mark.inspector
@each
def test_mcpb_validates_and_packs_the_bundle(rendered, tmp_path):
    write(tmp_path, rendered)
    node = Path(os.environ["CLICKPIPES_TEST_NODE"])
    bundle = tmp_path / "mcpb"
    valid = ran(node / "mcpb", "validate", bundle / "manifest.json", cwd=tmp_path)
    assert valid.returncode == 0, valid.stdout + valid.stderr
    packed = ran(node / "mcpb", "pack", bundle, tmp_path / "clickpipes.mcpb", cwd=tmp_path)
    assert packed.returncode == 0, packed.stdout + packed.stderr
    (bundle / "manifest.json").write_text("{}", encoding="utf-8")
    assert ran(node / "mcpb", "validate", bundle / "manifest.json", cwd=tmp_path).returncode == 1
