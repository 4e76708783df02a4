"""What was seen of a source can be created as it is, whatever kind it is of."""

import socket
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from clickpipes_mcp.checks import CHECKS
from clickpipes_mcp.checks.azure_blob.looking import ContainerLook
from clickpipes_mcp.checks.bigquery.looking import ProjectLook
from clickpipes_mcp.checks.gcs.looking import BucketLook
from clickpipes_mcp.checks.kinesis.looking import StreamLook
from clickpipes_mcp.checks.pubsub.looking import TopicLook
from clickpipes_mcp.checks.s3.looking import BucketLook as S3Look
from clickpipes_mcp.tools.insight import source_check
from tests.checks.aws.store_server import running_store
from tests.checks.azure_blob import test_looking as azure_blob
from tests.checks.azure_blob.blob_server import Blob, running_blobs
from tests.checks.bigquery import test_looking as bigquery
from tests.checks.gcs import test_looking as gcs
from tests.checks.google.google_server import key_file, running_google
from tests.checks.pubsub import test_looking as pubsub
from tests.serving import facts

pytestmark = pytest.mark.anyio
KEY = "${file:key.json}"
AWS_KEY = {"access_key_id": "an-id", "secret_key": "${file:aws}"}
SOURCES: dict[str, dict[str, Any]] = {
    "azure_blob": {
        "azure_container_name": "events",
        "path": "a/*.json",
        "format": "JSONEachRow",
        "is_continuous": True,
        "authentication": "CONNECTION_STRING",
        "connection_string": "${file:connection}",
    },
    "bigquery": {
        "snapshot_staging_path": "gs://example-staging/clickpipes/",
        "credentials": {"service_account_file": KEY},
    },
    "gcs": {
        "url": "https://storage.googleapis.com/bucket/events/*.json",
        "format": "JSONEachRow",
        "is_continuous": True,
        "authentication": "SERVICE_ACCOUNT",
        "service_account_key": KEY,
    },
    "kinesis": {
        "stream_name": "clicks",
        "region": "eu-west-1",
        "authentication": "IAM_USER",
        "access_key": AWS_KEY,
    },
    "pubsub": {
        "project_id": "example-project",
        "topic": "orders",
        "authentication": "SERVICE_ACCOUNT",
        "service_account_key": {"service_account_file": KEY},
    },
    "s3": {
        "type": "s3",
        "url": "https://bucket.s3.eu-west-1.amazonaws.com/events/*.json",
        "format": "JSONEachRow",
        "is_continuous": True,
        "authentication": "IAM_USER",
        "access_key": AWS_KEY,
    },
}


@pytest.fixture
def checks() -> Any:
    """The looks at the servers of the tests, by the kind of source."""
    with ExitStack() as servers:
        google = servers.enter_context(running_google())
        for kind in (bigquery, gcs, pubsub):
            kind.fill(google)
        blobs = servers.enter_context(running_blobs())
        blobs.blobs["a/1.json"] = Blob(azure_blob.ROWS)
        store = servers.enter_context(running_store())
        looks = {
            "azure_blob": ContainerLook(blobs.endpoint),
            "bigquery": ProjectLook(google.endpoints),
            "gcs": BucketLook(google.endpoints),
            "kinesis": StreamLook(store.endpoints),
            "pubsub": TopicLook(google.endpoints),
            "s3": S3Look(store.endpoints),
        }
        yield {
            one.source: replace(one, look=looks[one.source])
            for one in CHECKS
            if one.source in looks
        }


@pytest.fixture(autouse=True)
def _names_lead_here(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve = socket.getaddrinfo

    def answer(host: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        here = "127.0.0.1" if str(name).endswith((".amazonaws.com", ".googleapis.com")) else host
        return resolve(here, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", answer)


async def test_what_was_seen_can_be_created_as_it_is(serve, monkeypatch, tmp_path, checks) -> None:
    (tmp_path / "key.json").write_text(key_file())
    (tmp_path / "aws").write_text("a long secret of nobody")
    (tmp_path / "connection").write_text(azure_blob.with_key())
    monkeypatch.setattr(source_check, "check_of", checks.get)
    served = await serve(checks="private", secrets_dir=tmp_path)

    for kind, source in SOURCES.items():
        found = facts(await served.call("check_source", kind=kind, source=source))
        assert "has everything" in found["summary"], (kind, found)
        (create,) = found["next_actions"]
        made = facts(await served.call(create["tool"], **create["arguments"]))
        assert made["summary"].startswith("Created"), kind
