"""A secret that stands in a file of pipes shows up nowhere but in the request."""

import copy
import json
import logging
from typing import Any

import pytest

from clickpipes_mcp.settings import TOOLSETS
from clickpipes_mcp.simulator import Fault
from clickpipes_mcp.sources import SOURCES
from tests.examples import put_secrets
from tests.serving import Served
from tests.tools.code.test_apply import Person
from tests.tools.test_secrets import CANARY, CREATE, MISUSES, assert_untold, placed

pytestmark = [pytest.mark.anyio, pytest.mark.redteam("masking")]
ECHO = Fault(kind="status", method="POST", status=400, text=f"wrong: {CANARY}, '{CANARY}'")


def documents(spec: Any, value: object) -> list[dict[str, Any]]:
    """A document for every place where a secret may stand."""
    example = dict(copy.deepcopy(spec.example)) | {"kind": spec.key}
    return [
        placed(example, path, value) | {"name": f"{spec.key} {number}"}
        for number, path in enumerate(path for one, path in CREATE if one is spec)
    ]


async def everything(served: Served, content: str, names: list[str]) -> list[Any]:
    """What every tool that reads a file says of it, and what undoing it says."""
    said = [await served.call("plan_clickpipes", content=content)]
    said.append(await served.call("apply_clickpipes", content=content, dry_run=True))
    said.append(await served.call("apply_clickpipes", content=content))
    served.clock.advance(600)
    said.append(await served.call("undo_last_change", dry_run=True))
    said.append(await served.call("apply_clickpipes", content="[]", delete=names[:1]))
    served.clock.advance(600)
    said.append(await served.call("undo_last_change"))
    return said


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
async def test_no_answer_about_a_file_repeats_a_secret_of_it(
    serve, caplog, monkeypatch, tmp_path, spec
) -> None:
    caplog.set_level(logging.DEBUG)
    put_secrets(monkeypatch, tmp_path)
    journal = tmp_path / "journal.jsonl"
    served = await serve(toolsets=TOOLSETS, person=Person(), journal=journal, secrets_dir=tmp_path)

    for value in MISUSES.values():
        if isinstance(value, str) and "${" in value:
            continue  # the name of a variable may be told
        files = documents(spec, value)
        names = [one["name"] for one in files]
        for faults in ((ECHO,), ()):
            served.plane.app.state.faults.replace(faults)
            for result in await everything(served, json.dumps(files), names):
                assert_untold(result, caplog, journal)
