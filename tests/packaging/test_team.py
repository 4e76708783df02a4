"""What a team runs this server from: the server starts with it and answers what it asks."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from clickpipes_mcp.http import MAX_BODY_BYTES
from clickpipes_mcp.packaging import Description, render
from clickpipes_mcp.packaging.targets.team import TARGET
from clickpipes_mcp.settings import connections, load_settings
from tests.cli.test_commands import PATIENCE_S
from tests.http.served import ALICE, application, bearer
from tests.ports import free_port

FILES = {path.partition("/")[2]: text for path, text in render(Description(), [TARGET]).items()}
UNIT = "clickpipes-mcp@.service"
FOLDER = "/etc/clickpipes-mcp"
KEY = "k" * 32


def manifest(kind: str):
    documents = yaml.safe_load_all(FILES["kubernetes.yaml"])
    return next(one for one in documents if one["kind"] == kind)


POD = manifest("Deployment")["spec"]["template"]
(CONTAINER,) = POD["spec"]["containers"]


def of_systemd() -> dict[str, str]:
    lines = re.findall(r"(?m)^Environment=(CLICKPIPES_\w+)=(.*)$", FILES[UNIT])
    own = dict(line.split("=", 1) for line in FILES["environment"].splitlines())
    return {**own, **{name: value.replace("%i", "8001") for name, value in lines}}


ENVIRONMENTS = {
    "systemd": {**of_systemd(), "CLICKPIPES_HTTP_KEY": KEY},
    "compose": yaml.safe_load(FILES["compose.yaml"])["services"]["clickpipes-mcp"]["environment"],
    "kubernetes": {one["name"]: one.get("value", KEY) for one in CONTAINER["env"]},
}


@pytest.fixture
def prepared(tmp_path):
    """The settings of an environment, with the files that it names in another folder."""
    (tmp_path / "tokens").touch(0o600)
    (tmp_path / "tokens").write_text(f"alice {ALICE}\n")
    (tmp_path / "callers.toml").write_text('[token.alice]\nconnections = ["dev"]\n')
    (tmp_path / "connections.toml").write_text("[dev]\nsimulator = true\n")

    def settings(environment: dict[str, str]) -> dict[str, str]:
        return {name: value.replace(FOLDER, str(tmp_path)) for name, value in environment.items()}

    return settings


@pytest.mark.parametrize("environment", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_the_server_takes_every_setting_as_it_is_written(environment, prepared):
    settings = load_settings(prepared(environment))
    assert settings.asks_for_tokens
    assert (settings.http_key is None) == ("CLICKPIPES_HTTP_KEY" not in environment)
    assert connections(settings, {}).default.called == "dev"
    named = re.findall(rf"{FOLDER}/[\w.]+", " ".join(environment.values()))
    assert len(named) == 3


def test_parts_of_the_manifest_fit_each_other():
    selected = manifest("Deployment")["spec"]["selector"]["matchLabels"]
    for labels in (
        manifest("Service")["spec"]["selector"],
        manifest("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        *(one["labelSelector"]["matchLabels"] for one in POD["spec"]["topologySpreadConstraints"]),
    ):
        assert labels == selected
    assert selected.items() <= POD["metadata"]["labels"].items()
    (port,) = CONTAINER["ports"]
    settings = ENVIRONMENTS["kubernetes"]
    assert settings["CLICKPIPES_HTTP"] == f"0.0.0.0:{port['containerPort']}"
    assert manifest("Service")["spec"]["ports"][0]["targetPort"] == port["name"]
    mounted = {one["name"]: one["mountPath"] for one in CONTAINER["volumeMounts"]}
    assert mounted == {"settings": FOLDER, "state": "/state"}
    assert set(mounted) == {one["name"] for one in POD["spec"]["volumes"]}
    spread = manifest("Deployment")["spec"]
    assert spread["replicas"] > manifest("PodDisruptionBudget")["spec"]["maxUnavailable"]
    assert spread["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    image = (
        Path(__file__).parents[2] / "clickpipes_mcp/packaging/kept/docker/Dockerfile"
    ).read_text()
    assert f"USER {POD['spec']['securityContext']['runAsUser']}:" in image
    composed = yaml.safe_load(FILES["compose.yaml"])["services"]["clickpipes-mcp"]["image"]
    assert CONTAINER["image"] == composed
    assert f"docker build -t {composed} " in image
    assert re.search(r"^ARG EXTRAS=.*\bstore\b", image, re.MULTILINE)


@pytest.mark.anyio
async def test_every_probe_and_the_proxy_are_answered_by_the_server(prepared):
    chosen = prepared(ENVIRONMENTS["kubernetes"])
    settings = {
        name.removeprefix("CLICKPIPES_").lower(): value
        for name, value in chosen.items()
        if name not in ("CLICKPIPES_CONNECTIONS", "CLICKPIPES_HTTP_CALLERS", "CLICKPIPES_METRICS")
    }
    async with application(**settings) as running, running.http() as client:
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            asked = CONTAINER[probe]["httpGet"]
            assert asked["port"] == CONTAINER["ports"][0]["name"]
            answer = await client.get(asked["path"], headers={"host": "10.0.0.7:8000"})
            assert answer.status_code == 200
        host = re.search(r"server_name (\S+);", FILES["nginx.conf"])[1]
        assert (await running.ping(host=host, **bearer(ALICE))).status_code == 200
        assert (await running.ping(host=host)).status_code == 401


def test_the_proxy_leads_to_the_processes_of_the_unit_and_lets_every_body_through():
    started = re.search(r"systemctl enable --now (.*)", FILES[UNIT])[1].split()
    ports = re.findall(r"server 127\.0\.0\.1:(\d+)", FILES["nginx.conf"])
    assert started == [f"clickpipes-mcp@{port}" for port in ports]
    assert re.search(r"client_max_body_size (\d+)m;", FILES["nginx.conf"])[1] == str(
        MAX_BODY_BYTES >> 20
    )


def test_the_unit_protects_the_system():
    unit = configparser.RawConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read_string(FILES[UNIT])
    assert unit["Service"]["ProtectSystem"] == "strict"


@pytest.mark.slow
def test_systemd_takes_the_unit(tmp_path):
    analyzer = shutil.which("systemd-analyze")
    assert analyzer, "install the package systemd, as .ci/run does"
    program = Path(sys.executable).with_name("clickpipes-mcp")
    text = FILES[UNIT].replace("/opt/clickpipes-mcp/bin/clickpipes-mcp", str(program))
    (tmp_path / UNIT).write_text(text)
    done = subprocess.run(
        [analyzer, "verify", str(tmp_path / UNIT.replace("@", "@8001"))],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    said = [line for line in done.stderr.splitlines() if "clickpipes" in line]
    assert (done.returncode, said) == (0, [])


@pytest.mark.nginx
def test_nginx_takes_the_proxy(tmp_path):
    certificate = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x"]
    files = {"tls.crt": "-out", "tls.key": "-keyout"}
    options = [word for name, option in files.items() for word in (option, str(tmp_path / name))]
    subprocess.run([*certificate, *options], check=True, capture_output=True, timeout=PATIENCE_S)
    listening = f"listen 127.0.0.1:{free_port()}"
    proxy = FILES["nginx.conf"].replace(FOLDER, str(tmp_path)).replace("listen 443", listening)
    assert listening in proxy
    places = "".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {places}"
    (tmp_path / "whole.conf").write_text(f"{whole}\n{proxy}}}\n")
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program
    done = subprocess.run(
        [program, "-t", "-p", str(tmp_path), "-c", str(tmp_path / "whole.conf")],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


@pytest.mark.packages
def test_kubernetes_knows_every_field_of_the_manifest():
    from kubernetes_validate import validate  # only where the extra is

    for document in yaml.safe_load_all(FILES["kubernetes.yaml"]):
        validate(document, "1.37", strict=True)
