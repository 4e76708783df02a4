"""What a look at a container finds: each fault, and nothing else."""

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from azure.storage.blob import (
    AccountSasPermissions,
    ContainerSasPermissions,
    ResourceTypes,
    generate_account_sas,
    generate_container_sas,
)

from clickpipes_mcp.checks import CHECKS, Outcome, Seen, run_check
from clickpipes_mcp.checks.azure_blob.connection_strings import read_account
from clickpipes_mcp.checks.azure_blob.looking import ContainerLook
from clickpipes_mcp.checks.files.listing import MOST_FILES
from clickpipes_mcp.checks.files.unpacking import MOST_BYTES
from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.sources import source_named
from tests.checks.azure_blob.blob_server import ACCOUNT, Blob, BlobServer, running_blobs
from tests.checks.fault_table import Fault, looked_at, not_ok, wrongly_judged

pytestmark = pytest.mark.anyio
SPEC = source_named("azure_blob")
(CHECK,) = (check for check in CHECKS if check.source == SPEC.key)
KEY = base64.b64encode(bytes(range(64))).decode()
ROWS = b'{"id": 1, "note": "a secret word"}\n'
NOW = datetime.now(UTC)


@contextmanager
def ready() -> Iterator[BlobServer]:
    with running_blobs() as running:
        running.blobs |= {"a/1.json": Blob(ROWS, 1), "a/2.json": Blob(ROWS, 2)}
        yield running


@pytest.fixture
def server() -> Iterator[BlobServer]:
    with ready() as running:
        yield running


def with_key(key: str = KEY) -> str:
    return f"DefaultEndpointsProtocol=https;AccountName={ACCOUNT};AccountKey={key}"


def with_sas(rights: str = "rl", ends: timedelta = timedelta(days=90), **more: Any) -> str:
    return of_token(
        permission=ContainerSasPermissions.from_string(rights), expiry=NOW + ends, **more
    )


def of_token(**more: Any) -> str:
    token = generate_container_sas(ACCOUNT, "events", account_key=KEY, **more)
    return f"BlobEndpoint=https://{ACCOUNT}.blob.core.windows.net;SharedAccessSignature={token}"


def with_account_sas(types: str = "co") -> str:
    token = generate_account_sas(
        ACCOUNT, KEY, ResourceTypes.from_string(types),
        AccountSasPermissions.from_string("rl"), NOW + timedelta(days=90),
    )  # fmt: skip
    return f"AccountName={ACCOUNT};SharedAccessSignature=?{token}"


def _refuse(what: str, code: str, status: int = 403) -> Callable[[BlobServer], None]:
    def happen(server: BlobServer) -> None:
        server.refused[what] = (status, code)

    return happen


def _blobs(**blobs: Blob) -> Callable[[BlobServer], None]:
    def happen(server: BlobServer) -> None:
        server.blobs = {f"a/{name[1:]}.json": blob for name, blob in blobs.items()}

    return happen


_MISMATCH = "AuthorizationPermissionMismatch"
FAULTS = (
    Fault("login", _refuse("list", "AuthenticationFailed")),
    Fault("login", _refuse("list", "AuthorizationFailure"), outcome=Outcome.UNSEEN),
    Fault("login", _refuse("list", "KeyBasedAuthenticationNotPermitted")),
    Fault("login", _refuse("list", "ServerBusy", 503), outcome=Outcome.UNSEEN),
    Fault("login", source={"connectionString": with_key("no key")}),
    Fault("login", source={"connectionString": ""}, outcome=Outcome.UNSEEN),
    Fault(
        "sas-time",
        _refuse("list", "AuthenticationFailed"),
        {"connectionString": with_sas(ends=timedelta(days=-1))},
    ),
    Fault(
        "sas-time",
        _refuse("list", "AuthenticationFailed"),
        {"connectionString": with_sas(start=NOW + timedelta(days=1))},
    ),
    Fault("sas-rights", _refuse("list", _MISMATCH), {"connectionString": with_sas("r")}),
    Fault("sas-rights", _refuse("a/2.json", _MISMATCH), {"connectionString": with_sas("l")}),
    Fault(
        "sas-rights",
        _refuse("list", "AuthorizationResourceTypeMismatch"),
        {"connectionString": with_account_sas("o")},
    ),
    Fault("sas-addresses", source={"connectionString": with_sas(ip="192.0.2.1-192.0.2.9")}),
    Fault("container", source={"azureContainerName": "none"}),
    Fault(
        "list-right",
        _refuse("list", _MISMATCH),
        {"connectionString": of_token(policy_id="a-policy")},
    ),
    Fault("read-right", _refuse("a/2.json", "AuthorizationFailure")),
    Fault("access-tier", _blobs(_1=Blob(ROWS), _2=Blob(ROWS, 2, "Archive"))),
    Fault("files-match", source={"path": "b/*.json"}),
    Fault("key-order", _blobs(_1=Blob(ROWS, 9), _2=Blob(ROWS, 2))),
    Fault("file-size", _blobs(_1=Blob(ROWS, 1, size=11 << 30), _2=Blob(ROWS, 2))),
    Fault("format", source={"format": "CSV"}),
)
KEPT = (
    Fault("all it needs"),
    Fault("a SAS of the container", source={"connectionString": with_sas()}),
    Fault("a SAS of the account", source={"connectionString": with_account_sas()}),
    Fault("files once, in any order", _blobs(_1=Blob(ROWS, 9), _2=Blob(ROWS, 2)), {
        "isContinuous": False,
    }),
)  # fmt: skip


async def look(
    server: BlobServer, *, endpoint: str = "", allow_private: bool = True, **changes: Any
) -> Seen:
    given = {
        "type": "azureblobstorage",
        "azureContainerName": "events",
        "path": "a/*.json",
        "format": "JSONEachRow",
        "isContinuous": True,
        "authentication": "CONNECTION_STRING",
        "connectionString": with_key(),
        **changes,
    }
    return await run_check(
        replace(CHECK, look=ContainerLook(endpoint or server.endpoint)),
        given,
        [],
        allow_private=allow_private,
        secrets=(),
        clock=SystemClock(),
    )


async def test_each_fault_is_found_and_nothing_else(record_property):
    wrong = await wrongly_judged(
        look, ready, FAULTS, record_property, SPEC.title, hidden=[KEY, "sig=", "secret word"]
    )

    assert wrong == []


@pytest.mark.parametrize("kept", KEPT, ids=lambda one: one.finding)
async def test_a_source_that_has_everything_is_clean(server, record_property, kept: Fault):
    seen = await looked_at(look, server, kept, record_property, SPEC.title, is_kept=True)

    assert not_ok(seen) == []
    assert all(server.logins)


async def test_the_columns_of_a_file_are_proposed(server):
    seen = await look(server)
    soon = await look(server, connectionString=with_sas(ends=timedelta(days=5)))

    assert [one["name"] for one in seen.destination["columns"]] == ["id", "note"]
    assert "account key may do everything" in seen.notes[0]
    assert "the pipe stops reading" in soon.notes[0]


async def test_of_many_and_large_files_only_the_beginning_is_read(server):
    large = Blob(ROWS * (2 * MOST_BYTES // len(ROWS)))
    server.blobs = {f"a/{number:05}.json": large for number in range(MOST_FILES + 10)}

    seen = await look(server)

    assert not_ok(seen) == []
    assert len(server.asked) == 4
    assert any("there are more" in note for note in seen.notes)


async def test_an_address_that_is_not_allowed_is_not_asked(server):
    assert not_ok(await look(server, allow_private=False)) == [("reachable", Outcome.UNSEEN)]
    assert server.asked == []


async def test_nothing_is_sent_but_to_azure(server, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", with_key())

    assert not_ok(await look(server)) == []
    assert not_ok(await look(server, connectionString="")) == [("login", Outcome.UNSEEN)]
    closed = await look(server, endpoint=f"http://127.0.0.1:1/{ACCOUNT}")
    assert not_ok(closed) == [("reachable", Outcome.UNSEEN)]


@pytest.mark.parametrize(
    "text",
    [
        f"BlobEndpoint=https://example.com/{ACCOUNT};SharedAccessSignature=sv=1",
        f"BlobEndpoint=http://{ACCOUNT}.blob.core.windows.net;SharedAccessSignature=sv=1",
        f"BlobEndpoint=https://{ACCOUNT}.blob.core.windows.net.example.com;AccountKey={KEY}",
        f"BlobEndpoint=https://me@{ACCOUNT}.blob.core.windows.net;AccountKey={KEY}",
        f"BlobEndpoint=https://{ACCOUNT}.blob.core.windows.net/p?x=1;AccountKey={KEY}",
        f"BlobEndpoint=https://[;AccountKey={KEY}",
        f"AccountName={ACCOUNT};AccountKey={KEY};EndpointSuffix=example.com",
        f"AccountName=169.254.169.254/;AccountKey={KEY}",
        "UseDevelopmentStorage=true",
        ";;=",
    ],
)
async def test_a_connection_string_that_leads_elsewhere_is_not_used(text):
    told = read_account(text)

    assert getattr(told, "outcome", None) is Outcome.UNSEEN
    assert KEY not in repr(told)
    assert KEY not in repr(read_account(with_key()))
