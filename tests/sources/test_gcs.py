import pytest
from pydantic import ValidationError

from clickpipes_mcp.rule_words import ABSENT, altered
from clickpipes_mcp.sources import source_named

GCS = source_named("gcs")
KEY = {
    "source.authentication": "IAM_USER",
    "source.service_account_key": ABSENT,
    "source.access_key": {
        "access_key_id": "example-hmac-id",
        "secret_key": "${env:CLICKPIPES_SECRET_HMAC}",
    },
}


def found(changes: dict, effect: str = "refuse") -> list[str]:
    model = GCS.create.model_validate(altered(GCS.example, changes))
    return [rule.id for rule in GCS.rules if rule.effect == effect and list(rule.check(model))]


def test_the_type_is_sent_though_nobody_wrote_it():
    body = GCS.create.model_validate(GCS.example).body()
    assert body["source"]["type"] == "gcs"


def test_another_type_is_refused():
    with pytest.raises(ValidationError):
        found({"source.type": "s3"})


def test_an_hmac_key_is_accepted():
    assert found(KEY) == []


def test_roles_are_refused():
    with pytest.raises(ValidationError):
        found({"source.authentication": "IAM_ROLE"})


def test_a_gs_url_only_warns():
    changes = {"source.url": "gs://bucket/events/*.json"}
    assert (found(changes), found(changes, "warn")) == ([], ["gcs.url-https"])


@pytest.mark.parametrize("changes", [{}, KEY], ids=["service account", "key"])
def test_a_subscription_is_read_with_any_credentials(changes):
    queue = {"source.queue_url": "projects/example-project/subscriptions/events"}
    assert found(changes | queue) == []


def test_an_update_never_sends_the_type():
    assert GCS.update.model_validate({"start_after": "a"}).body() == {"startAfter": "a"}


@pytest.mark.parametrize(
    ("key", "effect", "rule_id"),
    [
        ({"secret_key": "${env:CLICKPIPES_SECRET_KEY}"}, "refuse", "gcs.update-key-halves"),
        ({}, "warn", "gcs.update-key-empty"),
    ],
)
def test_half_a_key_is_refused_in_an_update_and_an_empty_one_warns(key, effect, rule_id):
    request = GCS.update.model_validate({"access_key": key})
    broken = [rule for rule in GCS.update_rules if list(rule.check(request))]
    assert [(rule.effect, rule.id) for rule in broken] == [(effect, rule_id)]
