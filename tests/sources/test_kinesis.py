import pytest
from pydantic import ValidationError

from clickpipes_mcp.rule_words import ABSENT, altered
from clickpipes_mcp.sources import source_named

KINESIS = source_named("kinesis")


def sent(changes: dict) -> dict:
    return KINESIS.create.model_validate(altered(KINESIS.example, changes)).body()["source"]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (1615766400, 1615766400),
        ("1615766400", 1615766400),
        ("2021-01-01T00:00", 1609459200),
        ("2021-01-01T01:00:00+01:00", 1609459200),
    ],
)
def test_a_time_is_sent_as_unix_seconds(written, seconds):
    changes = {"source.iterator_type": "AT_TIMESTAMP", "source.timestamp": written}
    assert sent(changes)["timestamp"] == seconds


@pytest.mark.parametrize("written", ["last-monday", "soon", "2021-13-01"])
def test_what_is_not_a_time_is_refused_without_being_shown(written):
    with pytest.raises(ValidationError) as raised:
        sent({"source.timestamp": written})
    assert written not in str(raised.value)


@pytest.mark.parametrize("format_name", ["JSONEachRow", "Avro", "AvroConfluent", "Protobuf"])
def test_every_documented_format_is_known(format_name):
    assert sent({"source.format": format_name})["format"] == format_name


@pytest.mark.parametrize("arn", ["team/ClickHouseAccessRole-x", "ClickHouseAccessRole-x"])
def test_a_role_may_have_a_path(arn):
    changes = {"source.iam_role": f"arn:aws:iam::123456789012:role/{arn}"}
    model = KINESIS.create.model_validate(altered(KINESIS.example, changes))
    assert [rule.id for rule in KINESIS.rules if list(rule.check(model))] == []


def test_kafka_settings_are_refused():
    arguments = altered(KINESIS.example, {"settings": {"kafka_read_committed": False}})
    model = KINESIS.create.model_validate(arguments)
    assert [rule.id for rule in KINESIS.rules if list(rule.check(model))] == ["settings.kafka-only"]


@pytest.mark.parametrize("name", ["format", "stream_name", "region", "iterator_type"])
def test_what_the_api_needs_is_required(name):
    with pytest.raises(ValidationError):
        sent({f"source.{name}": ABSENT})


@pytest.mark.parametrize(
    ("key", "effect", "rule_id"),
    [
        ({"secret_key": "${env:CLICKPIPES_SECRET_KEY}"}, "refuse", "kinesis.update-key-halves"),
        ({}, "warn", "kinesis.update-key-empty"),
    ],
)
def test_half_a_key_is_refused_in_an_update_and_an_empty_one_warns(key, effect, rule_id):
    request = KINESIS.update.model_validate({"access_key": key})
    broken = [rule for rule in KINESIS.update_rules if list(rule.check(request))]
    assert [(rule.effect, rule.id) for rule in broken] == [(effect, rule_id)]


def test_a_protobuf_schema_that_is_not_encoded_is_refused():
    changes = {"source.format": "Protobuf", "source.protobuf_schema": 'syntax = "proto3";'}
    request = KINESIS.create.model_validate(altered(KINESIS.example, changes))
    found = [rule.id for rule in KINESIS.rules if list(rule.check(request))]
    assert found == ["kinesis.protobuf-schema-base64"]
