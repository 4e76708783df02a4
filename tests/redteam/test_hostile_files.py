"""A journal full of lines that mean harm stops no create, repeats none and shows nothing."""

import logging

import pytest

from clickpipes_mcp.sources import SOURCES
from tests import attempts_table
from tests.redteam.calls import effects, without_effect
from tests.serving import said
from tests.test_journal import BAD
from tests.tools.secret_ways import USUAL, example

pytestmark = [pytest.mark.anyio, pytest.mark.redteam("journal")]

CANARY = "QuietCanary4711"


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
async def test_hostile_lines_change_nothing_about_a_create(
    serve, monkeypatch, tmp_path, caplog, spec
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(USUAL, '{"type": "service_account", "private_key": "invented"}')
    journal = tmp_path / "journal.jsonl"
    lines = [line if isinstance(line, bytes) else line.encode() for line in BAD.values()]
    lines += [f'{{"id": "{CANARY}", "x": "{CANARY}'.encode()]
    journal.touch(0o600)
    journal.write_bytes(b"\n".join(lines) + b"\n")
    attempts_table.count(len(lines))
    served = await serve(journal=journal)
    arguments = example(spec, USUAL)
    with without_effect(served, allowed=1):
        results = [await served.call(f"create_{spec.key}_clickpipe", **arguments) for _ in range(2)]
    assert len(effects(served)) == 1, said(results[0])
    shown = "".join(map(said, results)) + caplog.text
    attempts_table.count(0, sightings=shown.count(CANARY))
    assert CANARY not in shown
