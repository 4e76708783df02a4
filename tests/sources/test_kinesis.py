import pytest
from pydantic import ValidationError

from clickpipes_mcp.sources import source_named
from clickpipes_mcp.sources._rules import ABSENT, altered

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
