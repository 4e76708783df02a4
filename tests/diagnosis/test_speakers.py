"""Who speaks in a text is heard, and who only passes it on is not."""

import pytest

from clickpipes_mcp.diagnosis.speakers import Speaker, settled, speakers_in
from tests.diagnosis.error_texts import SETS, error_texts
from tests.walking import walked

HEARD_AS = {
    "postgres": Speaker.POSTGRES,
    "mysql": Speaker.MYSQL,
    "mongodb": Speaker.MONGODB,
    "kafka": Speaker.KAFKA,
    "schema_registry": Speaker.REGISTRY,
    "kinesis": Speaker.KINESIS,
    "s3": Speaker.S3,
    "gcs": Speaker.GCS,
    "azure_blob": Speaker.AZURE,
    "pubsub": Speaker.PUBSUB,
    "bigquery": Speaker.BIGQUERY,
    "clickhouse": Speaker.CLICKHOUSE,
}
CLOUDS = {Speaker.AWS, Speaker.GOOGLE}
PASTED = [
    entry
    for name in SETS
    for entry in error_texts(name)
    if entry.system in HEARD_AS and speakers_in(entry.text)
]


@walked(PASTED, lambda entry: entry.id)
def test_nobody_but_the_system_that_speaks_is_heard(entry) -> None:
    assert speakers_in(entry.text) <= {HEARD_AS[entry.system], *CLOUDS}


def test_most_texts_tell_who_speaks() -> None:
    about_systems = [
        entry for name in SETS for entry in error_texts(name) if entry.system in HEARD_AS
    ]
    assert len(PASTED) >= 0.9 * len(about_systems)


@pytest.mark.parametrize(
    ("text", "speaker"),
    [
        ("org.apache.kafka.connect.errors.ConnectException: org.postgresql.util.PSQLException: x",
         Speaker.POSTGRES),
        ("failed SASL auth (FATAL: password authentication failed (SQLSTATE 28P01))",
         Speaker.POSTGRES),
        ("auth error: sasl conversation error: (AuthenticationFailed) x", Speaker.MONGODB),
        ("Code: 499. DB::Exception: Could not list objects, S3 exception: `AccessDenied`",
         Speaker.S3),
        ("code: 497, message: c: Not enough privileges: the grant READ ON S3", Speaker.CLICKHOUSE),
        ("vttablet: rpc error: code = NotFound desc = x", Speaker.MYSQL),
        ("org.apache.kafka.common.errors.SerializationException: Unknown magic byte!",
         Speaker.REGISTRY),
        ("AuthenticationErrorDetail: Signature not valid in the specified time frame",
         Speaker.AZURE),
    ],
)  # fmt: skip
def test_who_wraps_or_relays_an_error_is_not_its_speaker(text, speaker) -> None:
    assert speakers_in(text) == {speaker}


@pytest.mark.parametrize("text", ["", "all is well", "dial tcp 203.0.113.7:5432: i/o timeout"])
def test_nobody_is_heard_in_what_anybody_might_say(text) -> None:
    assert speakers_in(text) == frozenset()


def test_the_source_of_the_pipe_breaks_a_tie() -> None:
    both = frozenset({Speaker.MYSQL, Speaker.KAFKA, Speaker.CLICKHOUSE})
    assert settled(both, "kafka") == {Speaker.KAFKA, Speaker.CLICKHOUSE}
    assert settled(both, "") == both
    assert settled(frozenset({Speaker.AWS}), "kinesis") == {Speaker.KINESIS}
