import pytest
from pydantic import ValidationError

from clickpipes_mcp.sources import source_named
from clickpipes_mcp.sources._rules import ABSENT, altered
from clickpipes_mcp.sources.s3 import QUEUE, STORES

S3 = source_named("s3")
PUBLIC = {"source.authentication": ABSENT, "source.iam_role": ABSENT}
KEY = {
    "source.authentication": "IAM_USER",
    "source.iam_role": ABSENT,
    "source.access_key": {
        "access_key_id": "example-access-key-id",
        "secret_key": "${env:CLICKPIPES_SECRET_AWS}",
    },
}


def found(changes: dict, effect: str = "refuse") -> list[str]:
    model = S3.create.model_validate(altered(S3.example, changes))
    return [rule.id for rule in S3.rules if rule.effect == effect and list(rule.check(model))]


def test_a_public_bucket_needs_nothing():
    assert found(PUBLIC) == []


@pytest.mark.parametrize("store", STORES)
def test_every_store_takes_a_key(store):
    assert found(KEY | {"source.type": store}) == []


@pytest.mark.parametrize("store", [store for store in STORES if store != "s3"])
def test_only_amazon_takes_a_role_or_a_queue(store):
    changes = {"source.type": store, "source.queue_url": QUEUE}
    assert found(changes) == ["s3.role-only-s3", "s3.queue-only-s3"]


def test_the_store_must_be_said():
    with pytest.raises(ValidationError):
        found({"source.type": ABSENT})


@pytest.mark.parametrize("store", ["gcs", "azureblobstorage"])
def test_stores_with_a_tool_of_their_own_are_refused(store):
    with pytest.raises(ValidationError):
        found({"source.type": store})


@pytest.mark.parametrize("size", [524_287_999, 10_737_418_241])
def test_insert_sizes_the_live_api_refuses_are_refused(size):
    with pytest.raises(ValidationError):
        found({"settings.object_storage_max_insert_bytes": size})


@pytest.mark.parametrize("size", [524_288_000, 10_737_418_240])
def test_the_ends_of_the_live_range_are_accepted(size):
    assert found({"settings.object_storage_max_insert_bytes": size}) == []


@pytest.mark.parametrize("flag", ["yes", 1, "on"])
def test_a_flag_is_not_guessed(flag):
    with pytest.raises(ValidationError):
        found({"source.is_continuous": flag})


@pytest.mark.parametrize(("flag", "value"), [("true", True), ("false", False), (True, True)])
def test_a_flag_may_be_text(flag, value):
    model = S3.create.model_validate(altered(S3.example, {"source.is_continuous": flag}))
    assert model.source.is_continuous is value
