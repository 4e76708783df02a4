"""Where secrets go: told in the journal, and nowhere that the operator has not allowed."""

from pathlib import Path

import pytest

from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS
from tests.serving import error, facts
from tests.tools.secret_ways import (
    BOUND_TO,
    CREDENTIALS,
    HOSTS,
    KEY,
    TRAVELLER,
    USUAL,
    WAYS,
    a_way_of_each_kind,
    every_hostile_way,
    every_way,
    travels,
)
from tests.tools.test_secrets import secret_places

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _secrets(monkeypatch) -> None:
    monkeypatch.setenv(USUAL, KEY)
    monkeypatch.setenv(TRAVELLER, KEY)


@pytest.fixture
def journal(tmp_path) -> Path:
    return tmp_path / "journal.jsonl"


def test_every_tool_that_takes_a_secret_is_tried_for_every_source() -> None:
    typed = {tool.name for tool in TOOLS if list(secret_places(tool.arguments))}
    of_any_source = {"check_source", "discover_source_schema", "update_clickpipe"}
    assert {way.tool for way in WAYS} == typed | of_any_source
    assert CREDENTIALS.keys() == HOSTS.keys() == {spec.key for spec in SOURCES}


@every_way
async def test_the_journal_tells_which_host_learns_a_secret(serve, journal, way) -> None:
    served = await serve(journal=journal, consent="dangerously-off")

    facts(await way.called(served))

    assert travels(journal) == {HOSTS[way.spec.key]}


@every_hostile_way
@pytest.mark.parametrize("consent", ["ask", "dangerously-off"])
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


@a_way_of_each_kind
async def test_a_secret_goes_where_the_operator_has_bound_it_to(
    serve, journal, tmp_path, way
) -> None:
    bindings = tmp_path / "bindings"
    bindings.write_text(f"env:{TRAVELLER} {HOSTS[way.spec.key]} kind:{way.spec.key}")
    served = await serve(journal=journal, secrets_bindings=bindings)

    facts(await way.called(served))

    assert travels(journal) == {HOSTS[way.spec.key]}
