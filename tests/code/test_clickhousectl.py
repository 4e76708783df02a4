"""The commands that are written down, run by the official client against the simulator."""

import os
import subprocess
from typing import Any

import httpx2
import pytest

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.cloud.fingerprint import differences
from clickpipes_mcp.code.target import Selection
from clickpipes_mcp.code.targets.bodies import body_of
from clickpipes_mcp.code.targets.clickhousectl import write_clickhousectl
from clickpipes_mcp.simulator import DEFAULT_ORGANIZATION_ID, DEFAULT_SERVICE_ID
from tests.code.written import EVERY_BODY, SECRET, VARIABLE, declared, left_out, made
from tests.examples import BODY_OF
from tests.faults.processes import PATIENCE_S
from tests.serving import PIPES
from tests.simulator import test_clickhousectl as official

pytestmark = pytest.mark.anyio
port = official.port


def run(script: str, port: int, directory: Any) -> None:
    """Run a script by bash, with the official client pointed at the simulator."""
    client = directory / "clickhousectl"
    client.write_text(
        f'#!/bin/sh\nshift\nexec "{official.PROGRAM}" cloud --url http://127.0.0.1:{port} '
        f'--org-id {DEFAULT_ORGANIZATION_ID} "$@"\n'
    )
    client.chmod(0o755)
    environment = dict.fromkeys(VARIABLE.findall(script), SECRET) | {
        "HOME": str(directory),
        "PATH": f"{directory}:{os.environ['PATH']}",
        "DO_NOT_TRACK": "1",
    }
    done = subprocess.run(
        ["/bin/bash", "-s"], input=script, env=environment, capture_output=True, text=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert "CLICKPIPES_SECRET" not in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("names", "share"),
    [
        (list(BODY_OF), 0.9),  # it takes no Azure container without an address
        pytest.param(list(EVERY_BODY), 0.8, marks=pytest.mark.slow),
    ],
    ids=["sources", "everything"],
)
async def test_the_official_client_makes_the_same_pipes(
    serve, port, tmp_path, names, share
) -> None:
    pipes = await made(await serve(), {name: EVERY_BODY[name] for name in names})
    selection = Selection(DEFAULT_SERVICE_ID, declared(pipes))
    written = write_clickhousectl(selection)

    run(written.text.replace("set -e", "set -"), port, tmp_path)

    async with httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", auth=("k", "s"), timeout=PATIENCE_S
    ) as client:
        found = {pipe["name"]: pipe for pipe in (await client.get(PIPES)).json()["result"]}
    told = {loss.pipe for loss in written.losses} & found.keys()
    told |= {pipe.name for pipe in selection.pipes if any(left_out(pipe))}
    for pipe in selection.pipes:
        if pipe.name in found.keys() - told:
            live = Pipe.model_validate(found[pipe.name])
            assert differences(body_of(pipe), live, pipe.spec) == (), pipe.name
    assert len(found) >= share * len(names), set(names) - found.keys()
