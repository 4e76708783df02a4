"""An HMAC key signs as S3 wants it: seen at moto, which checks signatures as S3 does.

Google's XML API takes the same requests; no registry has an emulator of it that checks a signature.
"""

import pytest

from clickpipes_mcp.checks import Outcome
from clickpipes_mcp.checks.google.endpoints import Endpoints
from tests.checks.aws.moto_server import running_moto
from tests.checks.fault_table import not_ok
from tests.checks.gcs.test_looking import BY_HMAC, ROWS, look

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


async def test_files_are_listed_and_read_with_an_hmac_key():
    with running_moto() as moto:
        moto.s3.create_bucket(
            Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        for name in ("events/a b/1.json", "events/ä+/2.json", "other/3.json"):
            moto.s3.put_object(Bucket="bucket", Key=name, Body=ROWS)
        key = {
            "accessKeyId": moto.pipes["AccessKeyId"],
            "secretKey": moto.pipes["SecretAccessKey"],
        }
        wrong = key | {"secretKey": "wrong"}
        files = {"url": "https://storage.googleapis.com/bucket/events/**.json"}

        store = Endpoints(storage=moto.address)
        found = await look(store, **BY_HMAC | files | {"accessKey": key})
        refused = await look(store, **BY_HMAC | files | {"accessKey": wrong})

    assert not_ok(found) == []
    assert any(one.evidence.startswith("2 files match") for one in found.checked)
    assert found.destination["columns"]
    assert not_ok(refused) == [("login", Outcome.NOT_OK)]
    assert key["secretKey"] not in repr((found, refused))
