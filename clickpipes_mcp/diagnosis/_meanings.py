"""What the code or the words of an error text mean, where no rule knows the text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from clickpipes_mcp.diagnosis._links import CLICKPIPES
from clickpipes_mcp.diagnosis._rule import Breadth, Confidence, Evidence, Finding, Rule, Severity
from clickpipes_mcp.diagnosis._steps import LOGS, RECORD_ERRORS, support
from clickpipes_mcp.diagnosis.codes import Code, codes_in, topic_of, topic_spoken_of
from clickpipes_mcp.diagnosis.speakers import Speaker

_TABLES: Final[Mapping[Speaker, tuple[str, ...]]] = {
    Speaker.POSTGRES: ("postgres",),
    Speaker.MYSQL: ("mysql",),
    Speaker.MONGODB: ("mongodb",),
    Speaker.KAFKA: ("kafka",),
    Speaker.REGISTRY: ("http",),
    Speaker.KINESIS: ("aws",),
    Speaker.S3: ("aws", "http"),
    Speaker.AWS: ("aws", "http"),
    Speaker.GCS: ("google", "aws", "http"),
    Speaker.PUBSUB: ("google", "http"),
    Speaker.BIGQUERY: ("google", "http"),
    Speaker.GOOGLE: ("google", "http"),
    Speaker.AZURE: ("azure", "http"),
    Speaker.CLICKHOUSE: ("clickhouse",),
    Speaker.API: ("http",),
}
_ANYBODY: Final = ("tls", "system")
"""Codes of the way to a system, which any program may print."""

_IDS: Final[Mapping[Speaker, str]] = {
    Speaker.POSTGRES: "postgres",
    Speaker.MYSQL: "mysql",
    Speaker.MONGODB: "mongodb",
    Speaker.KAFKA: "kafka",
    Speaker.REGISTRY: "registry",
    Speaker.KINESIS: "kinesis",
    Speaker.PUBSUB: "pubsub",
    Speaker.BIGQUERY: "bigquery",
    Speaker.CLICKHOUSE: "destination",
    Speaker.API: "api",
    Speaker.AWS: "aws",
    Speaker.GOOGLE: "google",
}
_FILES_ID: Final = "object-storage"
_WAY: Final = "the way to the source"
_PAGES: Final[Mapping[str, str]] = {
    "postgres": "https://www.postgresql.org/docs/current/errcodes-appendix.html",
    "mysql": "https://dev.mysql.com/doc/mysql-errors/en/server-error-reference.html",
    "mongodb": "https://www.mongodb.com/docs/manual/reference/error-codes/",
    "kafka": "https://kafka.apache.org/protocol.html#protocol_error_codes",
    "clickhouse": "https://clickhouse.com/docs/operations/system-tables/errors",
    "aws": "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html",
    "azure": "https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes",
    "google": "https://cloud.google.com/apis/design/errors",
    "tls": "https://www.rfc-editor.org/rfc/rfc8446#section-6",
    "system": "https://man7.org/linux/man-pages/man3/errno.3.html",
    "http": "https://www.rfc-editor.org/rfc/rfc9110#section-15",
}


_UNKNOWN: Final = Rule(
    id="text.unknown",
    title="The pipe tells errors that are not known here",
    cause="No rule and no code explains this text of the pipe's own tables; the text itself is all "
    "there is to go by.",
    fix=(LOGS, RECORD_ERRORS, support("Ask with the text and the pipe's id.")),
    documentation=CLICKPIPES,
    severity=Severity.ERROR,
    confidence=Confidence.LOW,
    breadth=Breadth.WORDS,
    examples=(),
)
_MOST_TEXTS: Final = 3


def unknown_error(unexplained: Sequence[Evidence]) -> Finding | None:
    """That errors were told which nothing explains; None where there are none."""
    shown, more = tuple(unexplained[:_MOST_TEXTS]), len(unexplained) - _MOST_TEXTS
    return Finding(_UNKNOWN, shown, _UNKNOWN.confidence, max(more, 0)) if shown else None


def meaning_of(text: str, speakers: frozenset[Speaker]) -> Rule | None:
    """What the most telling code of a text means, said like a rule; None without any code."""
    for speaker, table in _tables(speakers):
        codes = codes_in(text, table)
        if codes:
            return _told(codes[0], speaker, text)
    return None


def wording_of(text: str, speakers: frozenset[Speaker]) -> Rule | None:
    """What the words of a text are about, said like a rule; None where they say nothing."""
    topic = topic_spoken_of(text)
    if topic is None:
        return None
    speaker = next((one for one in Speaker if one in speakers), None)
    who = speaker.value if speaker else "The text"
    return Rule(
        id=f"{_IDS.get(speaker, _FILES_ID) if speaker else 'text'}.words",
        title=f"{who[0].upper()}{who[1:]} seems to say: {topic.title}",
        cause=f"No rule knows this text; this is read from its words alone. {topic.turn}",
        fix=topic.fix,
        documentation=CLICKPIPES,
        severity=Severity.ERROR,
        confidence=Confidence.LOW,
        breadth=Breadth.WORDS,
        examples=(),
    )


def _tables(speakers: frozenset[Speaker]) -> Iterator[tuple[Speaker | None, str]]:
    heard = [speaker for speaker in Speaker if speaker in speakers]
    yield from ((speaker, table) for speaker in heard for table in _TABLES[speaker][:1])
    yield from ((None, table) for table in _ANYBODY)
    yield from ((speaker, table) for speaker in heard for table in _TABLES[speaker][1:])


def _told(code: Code, speaker: Speaker | None, text: str) -> Rule:
    topic = topic_of(code, text)
    who = speaker.value if speaker else _WAY
    meaning = code.meaning.rstrip(".") or code.words
    return Rule(
        id=f"{_IDS.get(speaker, _FILES_ID) if speaker else 'network'}.code",
        title=f"{who[0].upper()}{who[1:]} says {code.shown}: {topic.title}",
        cause=f"No rule knows this text; the code alone means: {meaning}. {topic.turn}",
        fix=topic.fix,
        documentation=_PAGES[code.table],
        severity=Severity.ERROR,
        confidence=Confidence.LOW,
        breadth=Breadth.CODE,
        examples=(),
    )
