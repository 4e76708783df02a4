"""How the calls that an answer proposes hold secrets."""

import re

import pytest

from clickpipes_mcp.code.create_arguments import add_secrets
from clickpipes_mcp.errors import NextAction
from clickpipes_mcp.simulator import SCENARIOS
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.sdk.suggestions import possible
from tests.serving import PIPES, REFERENCE_BODIES, said

pytestmark = pytest.mark.anyio

SET = re.compile(r"\$\{env:CLICKPIPES_SECRET_(\w+)\}")
ASKED = re.compile(r"\$\{ask:([A-Za-z0-9][A-Za-z0-9_-]{0,39})\}")
LONG = "a name of a pipe that is longer than any label may be, and a half"


def proposed(spec, *, asks):
    """A create of the example of a source, with what it needs of secrets."""
    body = {**spec.example, "name": LONG}
    body["source"] = _without_secrets(body["source"])
    needed = list(add_secrets(body, spec))
    action = NextAction(f"create_{spec.key}_clickpipe", "makes it", body)
    (given,) = possible([action], {action.tool}, {}, asks=asks)
    return needed, given


def _without_secrets(source):
    if isinstance(source, dict):
        kept = {key: _without_secrets(value) for key, value in source.items()}
        return {key: value for key, value in kept.items() if value not in ({}, None)}
    return None if isinstance(source, str) and source.startswith("${") else source


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
def test_a_person_is_asked_where_that_is_possible(spec) -> None:
    needed, given = proposed(spec, asks=True)
    labels = ASKED.findall(str(given.arguments))
    assert not SET.search(str(given.arguments))
    assert len(set(labels)) == len(labels) == len(needed)
    assert ("asked for the secrets on a private page" in given.why) is bool(needed)


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
def test_elsewhere_variables_are_to_be_set(spec) -> None:
    needed, given = proposed(spec, asks=False)
    assert "${ask:" not in str(given.arguments)
    assert len(SET.findall(str(given.arguments))) == len(needed)
    assert ("sets the variables" in given.why) is bool(needed)


@pytest.mark.parametrize("name", SCENARIOS)
async def test_a_diagnosis_proposes_no_variable_that_nobody_has_set(serve, name) -> None:
    served = await serve(simulator={"scenario": name})
    (pipe,) = await served.plane.by_somebody_else("GET", PIPES)
    result = await served.call(
        "diagnose_clickpipe", clickpipe=pipe["id"], error_text=SCENARIOS[name].console or None
    )
    assert not SET.search(said(result))


@pytest.mark.parametrize("body", REFERENCE_BODIES, ids=lambda body: body["name"])
async def test_the_way_back_from_a_delete_proposes_none_either(serve, body, tmp_path) -> None:
    served = await serve(
        consent="dangerously-off",
        toolsets="pipes,create,tuning,insight,code",
        journal=tmp_path / "journal.jsonl",
    )
    pipe = await served.pipe(body)
    await served.call("delete_clickpipe", clickpipe=pipe)
    await served.pipes()
    result = await served.call("undo_last_change")
    assert "create_" in said(result)
    assert not SET.search(said(result))
