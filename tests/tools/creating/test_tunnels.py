"""Pipes that reach their source through a bastion."""

import pytest

from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.ssh_keys import PIPE_FIELD
from clickpipes_mcp.tools import TOOLS
from tests.serving import error, facts
from tests.tools.network.keys import ON, key

pytestmark = pytest.mark.anyio

TUNNELLED = [spec for spec in SOURCES if PIPE_FIELD in spec.source_fields]


def through(spec, key_id: str) -> dict:
    """The example of a source, reached through a bastion."""
    return spec.example | {"source": spec.example["source"] | {PIPE_FIELD: key_id}}


def test_four_kinds_of_source_take_a_tunnel():
    assert [spec.key for spec in TUNNELLED] == ["kafka", "postgres", "mysql", "mongodb"]


@pytest.mark.parametrize("spec", TUNNELLED, ids=lambda spec: spec.key)
async def test_an_active_key_travels_with_the_create(serve, spec, monkeypatch) -> None:
    for name in ("PG", "MYSQL", "MONGO", "KAFKA", "POSTGRES"):
        monkeypatch.setenv(f"CLICKPIPES_SECRET_{name}", "x")
    served = await serve(**ON)
    made = await key(served, active=True)

    facts(await served.call(f"create_{spec.key}_clickpipe", **through(spec, made["id"])))

    sent = served.plane.writes[-1].body["source"][spec.arm]
    assert sent["sshKeyResourceId"] == made["id"]


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.parametrize("spec", TUNNELLED, ids=lambda spec: spec.key)
async def test_a_key_that_is_not_active_is_refused_with_the_way_on(serve, spec, dry_run) -> None:
    served = await serve(**ON)
    pending = await key(served)
    arguments = through(spec, pending["id"]) | {"dry_run": dry_run}

    refused = error(await served.call(f"create_{spec.key}_clickpipe", **arguments))

    (problem,) = refused["problems"]
    assert problem["field"] == f"source.{PIPE_FIELD}"
    assert "validate_ssh_key" in problem["fix"]
    assert served.plane.writes == []


@pytest.mark.parametrize("spec", TUNNELLED, ids=lambda spec: spec.key)
async def test_what_is_no_id_is_refused_before_the_network(serve, spec) -> None:
    served = await serve(**ON)

    refused = error(
        await served.call(f"create_{spec.key}_clickpipe", **through(spec, "orders bastion"))
    )

    assert refused["problems"][0]["field"] == f"source.{PIPE_FIELD}"
    assert served.plane.arrived == []


@pytest.mark.parametrize("spec", TUNNELLED, ids=lambda spec: spec.key)
def test_an_update_says_that_the_tunnel_is_fixed(spec):
    assert PIPE_FIELD in spec.immutable
    assert any(tool.name == f"create_{spec.key}_clickpipe" for tool in TOOLS)
