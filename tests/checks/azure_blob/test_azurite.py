"""The same look at Azurite, Microsoft's emulator, which checks every signature."""

import base64
import os
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from azure.storage.blob import ContainerClient

from clickpipes_mcp.checks import Outcome
from tests.checks.azure_blob.blob_server import ACCOUNT
from tests.checks.azure_blob.test_looking import (
    KEY,
    ROWS,
    SPEC,
    look,
    with_account_sas,
    with_key,
    with_sas,
)
from tests.checks.fault_table import Fault, looked_at, not_ok
from tests.faults.processes import PATIENCE_S, until
from tests.ports import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.inspector]
OTHER_KEY = base64.b64encode(bytes(64)).decode()


class Azurite:
    def __init__(self, port: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}/{ACCOUNT}"


@pytest.fixture(scope="module")
def azurite(tmp_path_factory) -> Iterator[Azurite]:
    node = Path(os.environ["CLICKPIPES_TEST_NODE"])
    port = free_port()
    process = subprocess.Popen(
        [
            node / "azurite-blob", "--inMemoryPersistence", "--silent", "--disableTelemetry",
            "--skipApiVersionCheck", "--blobPort", str(port),
        ],
        cwd=tmp_path_factory.mktemp("azurite"),
        env={
            "PATH": f"{node}{os.pathsep}{os.environ['PATH']}",
            "AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        until(lambda: _answers(f"http://127.0.0.1:{port}/", process), "Azurite")
        running = Azurite(port)
        _fill(running)
        yield running
    finally:
        process.kill()
        process.wait()


def _answers(url: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "Azurite has ended"
    try:
        httpx2.get(url, trust_env=False, timeout=PATIENCE_S)
    except httpx2.TransportError:
        return False
    return True


def _fill(azurite: Azurite) -> None:
    with ContainerClient(
        azurite.endpoint, "events", credential={"account_name": ACCOUNT, "account_key": KEY}
    ) as container:
        container.create_container()
        for name in ("a/1.json", "a/ä b.json", "c/3.csv"):
            container.upload_blob(name, ROWS)


FAULTS = (
    # Azure answers AuthenticationFailed; Azurite what Azure says of a firewall.
    Fault("login", source={"connectionString": with_key(OTHER_KEY)}, outcome=Outcome.UNSEEN),
    Fault("sas-time", source={"connectionString": with_sas(ends=timedelta(minutes=-5))}),
    Fault("sas-rights", source={"connectionString": with_sas("r")}),
    Fault("sas-rights", source={"connectionString": with_sas("l")}),
    Fault("sas-rights", source={"connectionString": with_account_sas("o")}),
    Fault("container", source={"azureContainerName": "none"}),
    Fault("files-match", source={"path": "A/*.json"}),
    Fault("format", source={"path": "c/*", "format": "CSV"}),
)
KEPT = (
    Fault("all it needs"),
    Fault("a SAS of the container", source={"connectionString": with_sas()}),
    Fault("a SAS of the account", source={"connectionString": with_account_sas()}),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda one: one.finding)
async def test_a_fault_is_found_and_nothing_else(azurite, record_property, fault: Fault):
    seen = await looked_at(look, azurite, fault, record_property, f"{SPEC.title} (Azurite)")

    assert not_ok(seen) == [(fault.finding, fault.outcome)]


@pytest.mark.parametrize("kept", KEPT, ids=lambda one: one.finding)
async def test_a_source_that_has_everything_is_clean(azurite, record_property, kept: Fault):
    seen = await looked_at(
        look, azurite, kept, record_property, f"{SPEC.title} (Azurite)", is_kept=True
    )

    assert not_ok(seen) == []
    assert seen.checked[-4].evidence.startswith("2 files match")
    assert seen.destination["columns"]
