"""The requests that are written down, sent by curl and jq themselves to the simulator."""

import os
import subprocess
from pathlib import Path

import httpx2
import pytest

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.cloud.fingerprint import differences
from clickpipes_mcp.code.target import Selection
from clickpipes_mcp.code.targets.bodies import body_of
from clickpipes_mcp.code.targets.curl import write_curl
from clickpipes_mcp.simulator import DEFAULT_ORGANIZATION_ID, DEFAULT_SERVICE_ID
from tests.code.written import EVERY_BODY, RECORDED, SECRET, VARIABLE, declared, left_out, made
from tests.examples import BODY_OF
from tests.faults.processes import PATIENCE_S
from tests.serving import PIPES
from tests.simulator import test_clickhousectl as official

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
port = official.port


def run(script: str, port: int, home: Path) -> str:
    """Run a script by bash, sent to the simulator, and answer what it says."""
    addressed = script.replace("https://api.clickhouse.cloud", f"http://127.0.0.1:{port}")
    environment = dict.fromkeys(VARIABLE.findall(script), SECRET) | {
        "CLICKHOUSE_ORG_ID": DEFAULT_ORGANIZATION_ID,
        "HOME": str(home),
        "PATH": os.environ["PATH"],
    }
    done = subprocess.run(
        ["/bin/bash", "-s"], input=addressed, env=environment, capture_output=True, text=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert "CLICKPIPES_SECRET" not in done.stderr, done.stderr
    return done.stderr + done.stdout[-500:]


async def test_curl_makes_the_same_pipes(serve, port, tmp_path) -> None:
    names = {*BODY_OF, *RECORDED}
    pipes = await made(await serve(), {name: EVERY_BODY[name] for name in names})
    selection = Selection(DEFAULT_SERVICE_ID, declared(pipes))

    said = run(write_curl(selection).text, port, tmp_path)

    async with httpx2.AsyncClient(
        base_url=f"http://127.0.0.1:{port}", auth=("k", "s"), timeout=PATIENCE_S
    ) as client:
        found = {pipe["name"]: pipe for pipe in (await client.get(PIPES)).json()["result"]}
    assert found.keys() == names, said
    for pipe in selection.pipes:
        live = Pipe.model_validate(found[pipe.name])
        filled_in = {".".join(wire) for _, wire, _ in left_out(pipe)}
        differing = differences(body_of(pipe), live, pipe.spec)
        assert [one for one in differing if one not in filled_in] == [], pipe.name
