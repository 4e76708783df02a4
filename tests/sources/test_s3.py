import pytest
from pydantic import ValidationError

from clickpipes_mcp.rule_words import ABSENT, altered
from clickpipes_mcp.sources import source_named
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


def of_update(arguments: dict, effect: str = "refuse") -> list[str]:
    model = S3.update.model_validate(arguments)
    return [
        rule.id for rule in S3.update_rules if rule.effect == effect and list(rule.check(model))
    ]


@pytest.mark.parametrize(
    ("role", "warned"),
    [
        ("arn:aws:iam::123456789012:role/reader", False),
        ("arn:aws-cn:iam::123456789012:role/path/reader", False),
        ("reader", True),
        ("arn:aws:iam::123456789012:user/reader", True),
    ],
)
def test_a_role_that_is_no_arn_of_a_role_warns(role, warned):
    arguments = {"authentication": "IAM_ROLE", "iam_role": role}
    assert (found({"source.iam_role": role}), of_update(arguments)) == ([], [])
    assert ("s3.role-arn" in found({"source.iam_role": role}, "warn")) == warned
    assert ("s3.update-role-arn" in of_update(arguments, "warn")) == warned


@pytest.mark.parametrize(
    ("store", "url", "warned"),
    [
        ("s3", "https://b.s3.eu-west-1.amazonaws.com/*.json", False),
        ("s3", "https://files.example.com/*.json", False),
        ("s3", "https://b.s3.eu-west-1.amazonaws.com/storage.googleapis.com/x.json", False),
        ("dospaces", "https://b.nyc3.digitaloceanspaces.com/*.json", False),
        ("cloudflarer2", "https://0a1b.r2.cloudflarestorage.com/b/*.json", False),
        ("ovhobjectstorage", "https://b.s3.gra.io.cloud.ovh.net/*.json", False),
        ("s3", "https://b.nyc3.digitaloceanspaces.com/*.json", True),
        ("cloudflarer2", "https://b.s3.eu-west-1.amazonaws.com/*.json", True),
        ("s3", "https://storage.googleapis.com/b/*.json", True),
        ("s3", "https://account.blob.core.windows.net/b/*.json", True),
    ],
)
def test_an_address_of_another_store_warns(store, url, warned):
    changes = KEY | {"source.type": store, "source.url": url}
    assert found(changes) == []
    assert ("s3.url-of-another-store" in found(changes, "warn")) == warned


def test_an_address_of_another_store_says_which_one():
    changes = KEY | {"source.url": "https://b.nyc3.digitaloceanspaces.com/*.json"}
    model = S3.create.model_validate(altered(S3.example, changes))
    (rule,) = [rule for rule in S3.rules if rule.id == "s3.url-of-another-store"]
    assert [violation.fix for violation in rule.check(model)] == ["Set type to dospaces."]


def test_a_store_that_is_not_supported_warns():
    changes = KEY | {"source.url": "https://b.s3.us-west-004.backblazeb2.com/*.json"}
    assert (found(changes), found(changes, "warn")) == ([], ["s3.store-unsupported"])


def test_half_a_key_is_refused_in_an_update():
    assert of_update({"access_key": {"access_key_id": "example-access-key-id"}}) == [
        "s3.update-key-halves"
    ]


@pytest.mark.parametrize(
    "arguments", [{"access_key": {}}, {"authentication": "IAM_USER", "access_key": {}}]
)
def test_an_empty_key_in_an_update_warns(arguments):
    assert (of_update(arguments), of_update(arguments, "warn")) == ([], ["s3.update-key-empty"])


@pytest.mark.parametrize(
    "arguments",
    [
        {"authentication": "IAM_ROLE", "iam_role": "arn:aws:iam::123456789012:role/r"}
        | {"access_key": KEY["source.access_key"]},
        {"authentication": "IAM_USER", "access_key": KEY["source.access_key"]}
        | {"iam_role": "arn:aws:iam::123456789012:role/r"},
    ],
)
def test_an_update_warns_of_credentials_its_authentication_does_not_use(arguments):
    assert of_update(arguments, "warn") == ["s3.update-credentials-unused"]


def test_rotating_a_role_or_a_key_needs_no_authentication():
    role = {"iam_role": "arn:aws:iam::123456789012:role/r"}
    key = {"access_key": KEY["source.access_key"]}
    assert [of_update(each, effect) for each in (role, key) for effect in ("refuse", "warn")] == [
        [],
        [],
        [],
        [],
    ]
