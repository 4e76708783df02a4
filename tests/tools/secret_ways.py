"""Every tool that sends a secret, for every source, and what a journal tells of it."""

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mcp_types import CallToolResult

from clickpipes_mcp.checks import CHECKS
from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.sources import SOURCES, source_named
from tests.serving import Served, facts

_REFERENCE = re.compile(r"\$\{[^}]*\}")
BOUND_TO = "corp.example"
USUAL, TRAVELLER = "CLICKPIPES_SECRET_USUAL", "CLICKPIPES_SECRET_TRAVELLER"
KEY = json.dumps({"type": "service_account", "private_key": "invented"})

LOGIN = {"credentials": {"username": "reader", "password": "{secret}"}}
AWS_KEY = {
    "authentication": "IAM_USER",
    "access_key": {"access_key_id": "an invented id", "secret_key": "{secret}"},
}


def _by_example(spec: SourceSpec) -> dict[str, Any]:
    """The fields of a source's example that refer to a secret."""
    example = {name: json.dumps(value) for name, value in spec.example["source"].items()}
    found = {name: text for name, text in example.items() if "${" in text}
    assert found, f"log in with a secret in the example of {spec.key}, or write its login here"
    return {name: json.loads(_REFERENCE.sub("{secret}", text)) for name, text in found.items()}


def _by_specification(spec: SourceSpec) -> str:
    (recipient,) = spec.recipients_of(spec.create.model_validate(spec.example).body()["source"])
    return recipient.host


_LOGINS: Mapping[str, dict[str, Any]] = {
    "kafka": {"authentication": "PLAIN", **LOGIN},
    "kinesis": AWS_KEY,
    "s3": AWS_KEY,
    "gcs": {"service_account_key": "{secret}"},
    "azure_blob": {"authentication": "CONNECTION_STRING", "connection_string": "{secret}"},
    "pubsub": {
        "authentication": "SERVICE_ACCOUNT",
        "service_account_key": {"service_account_file": "{secret}"},
    },
}
"""What a caller logs in with, where the example of the source is not that already."""

CREDENTIALS: Mapping[str, dict[str, Any]] = {
    spec.key: _LOGINS.get(spec.key) or _by_example(spec) for spec in SOURCES
}
"""Of each source, what a caller logs in with."""

_HOSTS = {
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
HOSTS = {spec.key: _HOSTS.get(spec.key) or _by_specification(spec) for spec in SOURCES}
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

    @property
    def asks_anyway(self) -> bool:
        """Whether a person is asked whatever the secret is: the login decides what is read."""
        changed = set(CREDENTIALS[self.spec.key]) - {"authentication"}  # which stays the same
        return self.tool == "update_clickpipe" and not self.spec.losses.keys().isdisjoint(changed)

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
        if self.tool in ("check_source", "discover_source_schema"):
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
    *(Way("check_source", source_named(check.source)) for check in CHECKS),
    *(Way("update_clickpipe", spec) for spec in SOURCES if spec.update is not None),
]
every_way = pytest.mark.parametrize("way", WAYS, ids=str)
REPRESENTATIVES = [
    next(way for way in WAYS if way.tool == tool)
    for tool in (
        "create_postgres_clickpipe",
        "discover_source_schema",
        "check_source",
        "update_clickpipe",
    )
]
a_way_of_each_kind = pytest.mark.parametrize("way", REPRESENTATIVES, ids=str)
every_hostile_way = pytest.mark.parametrize(
    "way",
    [
        pytest.param(way, marks=() if way in REPRESENTATIVES else pytest.mark.redteam("references"))
        for way in WAYS
    ],
    ids=str,
)
"""Those of each kind in every run, the others in that of the hostile tests."""


def travels(journal: Path) -> set[str]:
    """The hosts to which the secret that travels went, by the lines of the journal."""
    lines = map(json.loads, journal.read_text().splitlines()) if journal.exists() else ()
    told = [secret.split(" ", 1) for line in lines for secret in line.get("secrets", ())]
    return {host for host, reference in told if reference == f"env:{TRAVELLER}"}
