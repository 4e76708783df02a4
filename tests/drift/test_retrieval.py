"""The document is read from a file, from the configured API, or from the simulator."""

import io
import json
import sys

import pytest

from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.drift import compare_with_api, compare_with_file
from clickpipes_mcp.drift.own_document import own_document
from clickpipes_mcp.errors import InvalidSettings, Unreachable, UnreadableAnswer, UnreadableDocument
from clickpipes_mcp.simulator import Fault, SimulatorOptions, build_simulator
from clickpipes_mcp.simulator.serving.serve import serving
from tests.ports import free_port

KEY = ("example-access-key", "example-access-secret")


def at(port: int) -> dict[str, str]:
    return {
        "CLICKHOUSE_CLOUD_API_KEY": KEY[0],
        "CLICKHOUSE_CLOUD_API_SECRET": KEY[1],
        "CLICKPIPES_API_URL": f"http://127.0.0.1:{port}",
    }


@pytest.fixture
def own_file(tmp_path):
    path = tmp_path / "own.json"
    path.write_text(json.dumps(own_document()))
    return path


def test_a_file_is_compared_and_named(own_file):
    report = compare_with_file(str(own_file))
    assert report.drift == ()
    assert report.name == str(own_file)


def test_standard_input_is_read_for_a_dash(own_file, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(own_file.read_bytes())))
    assert compare_with_file("-").drift == ()


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UnreadableDocument, match=r"absent\.json cannot be read"):
        compare_with_file(str(tmp_path / "absent.json"))


@pytest.mark.anyio
async def test_without_a_key_the_simulators_document_is_compared_and_the_report_says_so():
    report = await compare_with_api({})
    assert "simulator's own document" in report.name
    assert "CLICKHOUSE_CLOUD_API_KEY" in report.name


@pytest.mark.anyio
async def test_with_a_key_the_document_of_the_configured_api_is_compared():
    app = build_simulator(SimulatorOptions(key=KEY), SystemClock())
    async with serving(app, "127.0.0.1", 0) as port:
        over_the_network = await compare_with_api(at(port))
    in_process = await compare_with_api({})
    assert over_the_network.name == f"http://127.0.0.1:{port}/v1"
    assert over_the_network.drift == in_process.drift


@pytest.mark.anyio
async def test_an_address_where_something_else_answers_is_no_document():
    faults = (Fault("not_json", path="/v1", status=200),)
    app = build_simulator(SimulatorOptions(faults=faults), SystemClock())
    async with serving(app, "127.0.0.1", 0) as port:
        with pytest.raises(UnreadableAnswer, match="get_document"):
            await compare_with_api(at(port))


@pytest.mark.anyio
async def test_an_address_where_nothing_answers_says_so():
    with pytest.raises(Unreachable):
        await compare_with_api({**at(free_port()), "CLICKPIPES_READ_TIMEOUT_S": "1"})


@pytest.mark.anyio
async def test_settings_that_contradict_each_other_are_said():
    with pytest.raises(InvalidSettings):
        await compare_with_api({"CLICKHOUSE_CLOUD_API_KEY": KEY[0]})
