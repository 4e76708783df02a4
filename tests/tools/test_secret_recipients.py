"""Where secrets go: told in the journal, and nowhere that the operator has not allowed."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mcp_types import CallToolResult

from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS
from tests.serving import Served, error, facts
from tests.tools.test_secrets import secret_places

pytestmark = pytest.mark.anyio

BOUND_TO = "corp.example"
USUAL, TRAVELLER = "CLICKPIPES_SECRET_USUAL", "CLICKPIPES_SECRET_TRAVELLER"
KEY = json.dumps({"type": "service_account", "private_key": "invented"})

LOGIN = {"credentials": {"username": "reader", "password": "{secret}"}}
AWS_KEY = {
    "authentication": "IAM_USER",
    "access_key": {"access_key_id": "an invented id", "secret_key": "{secret}"},
}
CREDENTIALS: Mapping[str, dict[str, Any]] = {
    "kafka": {"authentication": "PLAIN", **LOGIN},
    "kinesis": AWS_KEY,
    "s3": AWS_KEY,
    "gcs": {"service_account_key": "{secret}"},
    "azure_blob": {"authentication": "CONNECTION_STRING", "connection_string": "{secret}"},
    "postgres": LOGIN,
    "mysql": LOGIN,
    "mongodb": LOGIN,
    "bigquery": {"credentials": {"service_account_file": "{secret}"}},
    "pubsub": {
        "authentication": "SERVICE_ACCOUNT",
        "service_account_key": {"service_account_file": "{secret}"},
    },
}
"""Of each source, what a caller logs in with."""

HOSTS = {
    "kafka": "broker.example.com",
    "kinesis": "amazonaws.com",
    "s3": "amazonaws.com",
    "gcs": "googleapis.com",
    "azure_blob": "core.windows.net",
    "postgres": "postgres.example.com",
    "mysql": "mysql.example.com",
    "mongodb": "cluster0.example.net",
    "bigquery": "googleapis.com",
    "pubsub": "googleapis.com",
}
"""Who learns it, of the example of the source."""


def credentials(key: str, variable: str) -> dict[str, Any]:
    """The login of a source, by reference."""
    text = json.dumps(CREDENTIALS[key]).replace("{secret}", f"${{env:{variable}}}")
    return dict(json.loads(text))


@dataclass(frozen=True)
class Way:
    """A tool that sends the secret of a source."""

    tool: str
    spec: SourceSpec

    def __str__(self) -> str:
        return f"{self.tool}-{self.spec.key}"

    async def called(self, served: Served, **more: Any) -> CallToolResult:
        """The call, with the secret that travels."""
        if self.tool == "update_clickpipe":
            made = facts(await created(served, self.spec, USUAL))
            arguments: dict[str, Any] = {
                "clickpipe": made["clickpipe"]["id"],
                "source": credentials(self.spec.key, TRAVELLER),
            }
            served.clock.advance(3600)
        else:
            arguments = example(self.spec, TRAVELLER)
        if self.tool == "discover_source_schema":
            arguments = {"kind": self.spec.key, "source": arguments["source"]}
        before = len(served.plane.arrived)
        result = await served.call(self.tool, **arguments, **more)
        self_sent = [one for one in served.plane.arrived[before:] if one.method != "GET"]
        served.plane.arrived[:] = self_sent
        return result


def example(spec: SourceSpec, variable: str) -> dict[str, Any]:
    """The example of a source, with the login by reference."""
    body: dict[str, Any] = copy.deepcopy(dict(spec.example))
    body["source"] = body["source"] | credentials(spec.key, variable)
    if "access_key" in body["source"]:
        body["source"].pop("iam_role", None)
    return body


async def created(served: Served, spec: SourceSpec, variable: str) -> CallToolResult:
    return await served.call(f"create_{spec.key}_clickpipe", **example(spec, variable))


WAYS = [
    *(Way(f"create_{spec.key}_clickpipe", spec) for spec in SOURCES),
    *(Way("discover_source_schema", spec) for spec in SOURCES if spec.discoverable),
    *(Way("update_clickpipe", spec) for spec in SOURCES if spec.update is not None),
]
every_way = pytest.mark.parametrize("way", WAYS, ids=str)


@pytest.fixture(autouse=True)
def _secrets(monkeypatch) -> None:
    monkeypatch.setenv(USUAL, KEY)
    monkeypatch.setenv(TRAVELLER, KEY)


@pytest.fixture
def journal(tmp_path) -> Path:
    return tmp_path / "journal.jsonl"


def travels(journal: Path) -> set[str]:
    """The hosts to which the secret that travels went, by the lines of the journal."""
    lines = map(json.loads, journal.read_text().splitlines()) if journal.exists() else ()
    told = [secret.split(" ", 1) for line in lines for secret in line.get("secrets", ())]
    return {host for host, reference in told if reference == f"env:{TRAVELLER}"}


def test_every_tool_that_takes_a_secret_is_tried_for_every_source() -> None:
    typed = {tool.name for tool in TOOLS if list(secret_places(tool.arguments))}
    of_any_source = {"discover_source_schema", "update_clickpipe"}
    assert {way.tool for way in WAYS} == typed | of_any_source
    assert CREDENTIALS.keys() == HOSTS.keys() == {spec.key for spec in SOURCES}


@every_way
async def test_the_journal_tells_which_host_learns_a_secret(serve, journal, way) -> None:
    served = await serve(journal=journal)

    facts(await way.called(served))

    assert travels(journal) == {HOSTS[way.spec.key]}


@every_way
@pytest.mark.parametrize("consent", ["ask", "off"])
async def test_a_secret_goes_nowhere_that_the_operator_has_not_bound_it_to(
    serve, journal, tmp_path, way, consent
) -> None:
    bindings = tmp_path / "bindings"
    bindings.write_text(f"env:{TRAVELLER} *.{BOUND_TO}")
    served = await serve(journal=journal, secrets_bindings=bindings, consent=consent)

    refusal = error(await way.called(served))

    assert refusal["code"] == "secret_unavailable"
    assert f"may not go to {HOSTS[way.spec.key]}" in refusal["problem"]
    assert "CLICKPIPES_SECRETS_BINDINGS" in refusal["fix"]
    assert served.plane.arrived == []
    assert travels(journal) == set()


@every_way
async def test_a_secret_goes_where_the_operator_has_bound_it_to(
    serve, journal, tmp_path, way
) -> None:
    bindings = tmp_path / "bindings"
    bindings.write_text(f"env:{TRAVELLER} {HOSTS[way.spec.key]} kind:{way.spec.key}")
    served = await serve(journal=journal, secrets_bindings=bindings)

    facts(await way.called(served))

    assert travels(journal) == {HOSTS[way.spec.key]}
