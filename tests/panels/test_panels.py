"""Which clients are told of panels, what they are given, and that all others see no difference."""

import re
from datetime import timedelta

import pytest
from mcp_types import ClientCapabilities

from clickpipes_mcp.diagnosis import RULES
from clickpipes_mcp.panels import APP_MIME_TYPE, EXTENSION, PANELS, panel_of, shows_panels
from clickpipes_mcp.panels.document import MODULES, document, known_states, module
from clickpipes_mcp.panels.figures import SERIES, Past, figures_for
from clickpipes_mcp.pipe_series import Since
from clickpipes_mcp.pipe_states import STATES
from clickpipes_mcp.settings import TOOLSETS
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools import TOOLS
from tests.serving import KAFKA, S3, facts, said
from tests.test_pipe_series import BEGAN, series

pytestmark = pytest.mark.anyio

MOST_BYTES = 60_000
SHOWING = {EXTENSION: {"mimeTypes": [APP_MIME_TYPE]}}


@pytest.mark.parametrize("era", ["2026-07-28", "legacy"])
async def test_only_who_shows_panels_is_told_of_them(serve, era) -> None:
    plain = await serve(toolsets=TOOLSETS, era=era)
    showing = await serve(toolsets=TOOLSETS, era=era, announces=SHOWING)

    untold, told = await plain.tools(), await showing.tools()

    assert {name: tool.meta for name, tool in untold.items() if tool.meta} == {}
    named = {name: tool.meta["ui"]["resourceUri"] for name, tool in told.items() if tool.meta}
    assert set(named.values()) == {panel.uri for panel in PANELS}
    assert named["list_clickpipes"] == named["get_clickpipe_metrics"] == "ui://clickpipes/fleet"
    assert named["get_clickpipe"] == named["diagnose_clickpipe"] == "ui://clickpipes/pipe"
    for tool in TOOLS:
        is_change = "costs" in tool.view.model_fields
        assert (named.get(tool.name) == "ui://clickpipes/change") >= is_change, tool.name
    for name, tool in told.items():
        assert tool.model_copy(update={"meta": None}) == untold[name]
    listed = [str(one.uri) for one in (await showing.client.list_resources()).resources]
    assert not any(uri.startswith("ui:") for uri in listed)


async def test_a_panel_is_read_as_one_small_document_that_loads_nothing(serve) -> None:
    served = await serve()

    for panel in PANELS:
        (read,) = (await served.client.read_resource(panel.uri)).contents
        assert read.mime_type == APP_MIME_TYPE
        assert len(read.text.encode()) <= MOST_BYTES
        assert "default-src 'none'" in read.text
        assert not re.search(
            r"https?://(?!www\.w3\.org/2000/svg)|import |fetch\(|innerHTML|eval\(", read.text
        )
        assert "list_clickpipes" in read.text
        assert not any(name in read.text for name in ("delete_clickpipe", "check_source"))


async def test_figures_over_time_go_along_for_panels_alone(serve) -> None:
    plain, showing = await serve(), await serve(announces=SHOWING)
    for served in (plain, showing):
        pipe = await served.pipe(KAFKA)
        twins = [await served.pipe({**S3, "name": "Twin"}) for _ in range(2)]
        for _ in range(3):
            await served.call("get_clickpipe_metrics")
            served.clock.advance(60)
    listed = await showing.call("list_clickpipes")
    got = await showing.call("get_clickpipe", clickpipe=pipe)
    unlisted = await plain.call("list_clickpipes")
    measured = await showing.call("get_clickpipe_metrics")

    assert SERIES not in unlisted.meta
    assert len(listed.meta[SERIES][pipe]["lag"]) == 3
    assert min(listed.meta[SERIES][pipe]["records"]) > 0
    of_one, of_many = got.meta[SERIES], listed.meta[SERIES][pipe]
    assert {name: of_one[name] for name in of_many} == of_many
    assert [(run["state"], "until" in run) for run in of_one["states"]] == [("Running", False)]
    assert SERIES not in said(listed)
    assert measured.meta[SERIES].keys() == {KAFKA["name"], *twins}
    ids = {row["clickpipe"]: row.get("id") for row in facts(measured)["clickpipes"]}
    assert ids[KAFKA["name"]] is None
    assert ids["Twin"] in twins


async def test_who_shows_panels_is_answered_not_one_token_more(serve) -> None:
    plain, showing = await serve(), await serve(announces=SHOWING)
    for served in (plain, showing):
        pipe = await served.pipe(KAFKA)
    calls = {
        "list_clickpipes": {},
        "get_clickpipe_metrics": {"rates": True},
        "get_clickpipe": {"clickpipe": pipe},
        "diagnose_clickpipe": {"clickpipe": pipe},
        "delete_clickpipe": {"clickpipe": pipe, "dry_run": True},
        "stop_clickpipe": {"clickpipe": "nobody"},
    }
    for tool, arguments in calls.items():
        one, other = [await served.call(tool, **arguments) for served in (plain, showing)]
        assert one.content == other.content
        assert one.structured_content == other.structured_content
        assert SERIES not in one.meta


def test_panels_know_every_state_and_no_more() -> None:
    assert known_states().keys() == STATES.keys()
    assert '"Degraded": {"health": "unhealthy"' in document(PANELS[0], ())


def test_every_family_of_causes_has_its_place_on_the_way() -> None:
    elsewhere = re.search(r"PLACE_OF = \{(.*?)\};", module("pipe.js"), re.DOTALL)
    assert elsewhere is not None
    placed = set(re.findall(r"(\w+):", elsewhere[1]))
    families = {rule.id.split(".")[0] for rule in RULES}
    of_sources = {spec.key.replace("_", "-") for spec in SOURCES}
    of_sources |= {kind for spec in SOURCES for kind in spec.types}
    shared = {"source", "aws", "google", "stream", "object-storage"}  # of several sources
    assert families - of_sources - shared == placed


def test_modules_import_only_those_before_them() -> None:
    for at, name in enumerate(MODULES):
        imported = set(re.findall(r'from "\./([\w.]+)"', module(name)))
        assert imported <= set(MODULES[:at]), name
    functions = re.findall(
        r"^(?:export )?(?:const|function) (\w+)", "".join(map(module, MODULES)), re.MULTILINE
    )
    assert len(functions) == len(set(functions))


def test_states_that_follow_each_other_are_told_with_what_was_seen_of_each() -> None:
    then, seen = BEGAN, series("Snapshot", "Snapshot", "Running", apart_s=60)
    since = Since(seen[-1].at, is_exact=True)
    minute = [(then + timedelta(minutes=n)).isoformat() for n in range(3)]
    now = {"state": "Running", "from": minute[2], "is_exact": True}

    def told(past: Past, state: str = "Running") -> list[dict[str, object]]:
        return figures_for({"id": "x", "state": state}, {}, lambda *_: past).get("states", [])

    before = {"state": "Snapshot", "from": minute[0], "until": minute[1]}
    assert told(Past(seen, since)) == [before, now]
    unread = Past((), since, "Setup", then)
    assert told(unread) == [{"state": "Setup", "from": minute[0], "until": minute[0]}, now]
    assert told(Past(seen)) == []
    longer = Past(seen[:2], Since(seen[-1].at, is_exact=False))
    assert told(longer, "Snapshot") == [{"state": "Snapshot", "from": minute[0], "is_exact": False}]
    assert figures_for({"summary": "of no pipe"}, {}, lambda *_: longer) == {}


def test_who_announces_something_else_shows_none() -> None:
    assert not shows_panels(None)
    for settings in (None, {}, {"mimeTypes": None}, {"mimeTypes": ["text/html"]}, "x"):
        assert not shows_panels({EXTENSION: settings})
    assert shows_panels(ClientCapabilities(extensions=SHOWING).extensions)
    assert panel_of(()) is None
