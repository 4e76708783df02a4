import pytest
from pydantic import ValidationError

from clickpipes_mcp.rule_words import ABSENT, altered
from clickpipes_mcp.sources import source_named

AZURE = source_named("azure_blob")


def found(changes: dict, effect: str = "refuse") -> list[str]:
    model = AZURE.create.model_validate(altered(AZURE.example, changes))
    return [rule.id for rule in AZURE.rules if rule.effect == effect and list(rule.check(model))]


def test_the_type_is_sent_though_nobody_wrote_it():
    body = AZURE.create.model_validate(AZURE.example).body()
    assert body["source"]["type"] == "azureblobstorage"


def test_a_url_beside_the_container_only_warns():
    changes = {"source.url": "https://account.example.net/events"}
    assert (found(changes), found(changes, "warn")) == ([], ["azure-blob.url-unused"])


def test_another_authentication_is_refused():
    with pytest.raises(ValidationError):
        found({"source.authentication": "IAM_USER"})


def test_a_connection_string_alone_still_warns_about_authentication():
    changes = {"source.authentication": ABSENT}
    assert (found(changes), found(changes, "warn")) == ([], ["azure-blob.authentication"])


def test_an_update_may_move_to_another_container():
    body = AZURE.update.model_validate({"azure_container_name": "other", "path": "*.json"}).body()
    assert body == {"azureContainerName": "other", "path": "*.json"}
