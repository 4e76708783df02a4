import pytest
from pydantic import ValidationError

from clickpipes_mcp.rule_words import altered
from clickpipes_mcp.secret_resolver import SecretResolver
from clickpipes_mcp.sources import source_named

PUBSUB = source_named("pubsub")


def found(changes: dict) -> list[str]:
    model = PUBSUB.create.model_validate(altered(PUBSUB.example, changes))
    return [rule.id for rule in PUBSUB.rules if list(rule.check(model))]


@pytest.mark.parametrize("seconds", [9, 601])
def test_the_deadline_is_10_to_600_seconds(seconds):
    with pytest.raises(ValidationError):
        found({"source.ack_deadline": seconds})


@pytest.mark.parametrize("seconds", [10, 600])
def test_the_ends_of_the_range_belong_to_it(seconds):
    assert found({"source.ack_deadline": seconds}) == []


def test_a_filter_has_at_most_256_characters():
    with pytest.raises(ValidationError):
        found({"source.filter": "x" * 257})


@pytest.mark.parametrize(
    "moment", ["2026-04-10T12:00:00Z", "2026-04-10T12:00:00.5+02:00", "2026-04-10t12:00:00z"]
)
def test_rfc_3339_has_several_forms(moment):
    assert found({"source.seek_type": "timestamp", "source.seek_timestamp": moment}) == []


def test_a_key_file_is_sent_in_base64():
    key = '{"type": "service_account"}'
    changes = {"source.service_account_key.service_account_file": key}
    model = PUBSUB.create.model_validate(altered(PUBSUB.example, changes))
    secret = model.source.service_account_key.service_account_file
    assert secret.reveal(SecretResolver()) == "eyJ0eXBlIjogInNlcnZpY2VfYWNjb3VudCJ9"


@pytest.mark.parametrize("project", ["my-gcp-project", "proj-abc", "abcdef"])
def test_a_usual_project_id_is_not_doubted(project):
    assert found({"source.project_id": project}) == []
