"""Who speaks in an error text: which system wrote it, whatever program passed it on.

A text is known by what only one system writes: its own codes, class names, words and addresses.
Programs that carry an error of somebody else (workers, connectors, pools) are no speakers. Where
two systems are heard and one of them only relays the other, the other counts.
"""

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import Final

from clickpipes_mcp.diagnosis.codes import is_code
from clickpipes_mcp.kept_answers import kept


class Speaker(StrEnum):
    """A system whose errors people paste."""

    POSTGRES = "Postgres"
    MYSQL = "MySQL"
    MONGODB = "MongoDB"
    KAFKA = "Kafka"
    REGISTRY = "the schema registry"
    KINESIS = "Kinesis"
    S3 = "S3"
    AWS = "AWS"
    GCS = "Google Cloud Storage"
    PUBSUB = "Pub/Sub"
    BIGQUERY = "BigQuery"
    GOOGLE = "Google Cloud"
    AZURE = "Azure Storage"
    CLICKHOUSE = "ClickHouse"
    API = "the ClickHouse Cloud API"


FILES: Final = (Speaker.S3, Speaker.GCS, Speaker.AZURE)
AMAZON: Final = (Speaker.AWS, Speaker.S3, Speaker.KINESIS)
GOOGLES: Final = (Speaker.GOOGLE, Speaker.GCS, Speaker.PUBSUB, Speaker.BIGQUERY)

OF_ARM: Final[Mapping[str, tuple[Speaker, ...]]] = {
    "kafka": (Speaker.KAFKA, Speaker.REGISTRY),
    "kinesis": (Speaker.KINESIS,),
    "pubsub": (Speaker.PUBSUB,),
    "objectStorage": FILES,
    "postgres": (Speaker.POSTGRES,),
    "mysql": (Speaker.MYSQL,),
    "mongodb": (Speaker.MONGODB,),
    "bigquery": (Speaker.BIGQUERY, Speaker.GCS),
}
"""Who speaks for the source of a pipe, by the API's key of the source."""

_SOURCES: Final = frozenset(speaker for own in OF_ARM.values() for speaker in own)
_HOUSES: Final[Mapping[Speaker, tuple[str, ...]]] = {
    Speaker.AWS: ("kafka", "kinesis", "objectStorage"),
    Speaker.GOOGLE: ("pubsub", "objectStorage", "bigquery"),
}
"""Clouds that speak for the sources they host."""

_PLAIN: Final[Mapping[Speaker, str]] = {
    Speaker.POSTGRES: (
        r"psycopg|\bpgx\b|\bpgconn\b|\bpq:|PSQLException|org\.postgresql|\blibpq\b|\bNpgsql|\bPG::"
        r"|pg-protocol|PostgresError|PostgresException|tokio[_-]postgres|NeonDbError|asyncpg"
        r"|\bpostgres(=[#>]|ql)?\b(?!\|)|failed to connect to `|received error response, message: &"
        r"|connection to server at \"|pg_(hba|dump|logical|replication|create|wal|basebackup)"
        r"|pgoutput|wal2json|wal_level|walsender|max_wal|\bWAL (segment|redo|error)"
        r"|IDENTIFY_SYSTEM|START_REPLICATION|CREATE_REPLICATION_SLOT|replication slot"
        r"|REPLICA[_ ]IDENTITY|pgbouncer|supavisor|hot_standby|idle-in-transaction"
        r"|InFailedSqlTransaction|InsufficientPrivilege|SerializationFailure|OutOfMemory:"
        r"|\((ENOTFOUND|ENOIDENTIFIER|ECHECKOUT\w+|EMAXCONN\w+|EDBHANDLER\w+|ECIRCUITBREAKER"
        r"|EADDRNOTALLOWED)\)|tenant or user not found|logically-decoded|reorderbuffer"
        r"|publication|FATAL: {1,3}(?!\(?java)|SQL state: [0-9A-Z]{5}|conflict with recovery"
        r"|due to statement timeout|SSL negotiation|compute time quota|\bin SCRAM exchange"
        r"|prepared statement \"|snapshot identifier|relation \"|due to user request"
        r"|logical decoding|(?<!:)ReceiveMessage|server closed the connection unexpectedly"
        r"|temp_file_limit|due to lock timeout|data transfer quota|pg_hba\.conf"
        r"|permission denied for (table|schema|relation|sequence|function|database|view)"
        r"|password that was provided for the role|SNI support|sslmode|supabase\.(co|com)\b"
        r"|neon\.tech|database system is "
        r"|\bLSN\b|plugin pgoutput|must be owner of|role \"[^\"]{1,80}\" |unlogged relations"
        r"|the connection is lost"
    ),
    Speaker.MYSQL: (
        r"mysql|maria-?db|vitess|vttablet|vtgate|planetscale|\bER_[A-Z]{2,}|\(HY000\)|\bHY000 \("
        r"|sqlstate = [0-9A-Z]{5} errmsg|SQLSTATE\[(HY|42S|08S|28000|22|23)|binlog|binary log"
        r"|GTID|caching_sha2|require_secure_transport|max_allowed_packet|Zero Downtime"
        r"|server_uuid|\bTiDB\b|replication sender thread|writeAuthHandshake|client_ed25519"
        r"|secure[- ]transport|Zero date value|Public Key Retrieval|innodb|Received DML '"
        r"|Aborted connection \d+ to db"
    ),
    Speaker.MONGODB: (
        r"mongo|change ?stream|oplog\b|resume (token|point)|AtlasError|ReplicaSetNoPrimary|\bBSON"
        r"|codeName|server selection|docdb|DocumentDB|Topology ?Description|bad auth ?:"
        r"|CappedPositionLost|sasl conversation|\bnot authorized on \S+ to execute command"
        r"|requires authentication|read preference|over your space quota|wire version"
        r"|replica set members|\bAtlas\b|keys found for HMAC"
    ),
    Speaker.KAFKA: (
        r"kafka|sarama|franz-go|%\d\|[\d.]+\|[A-Z_]+\||\bbrokers?\b(?! service)|consumer group"
        r"|\bSaslAuthentic|servicebus\.windows|bootstrap|OffsetOutOfRange|Offsets? out of range"
        r"|(TOPIC|GROUP|CLUSTER|TRANSACTIONAL_ID)_AUTHORIZATION_FAILED|NoBrokersAvailable"
        r"|partition assignment|topic metadata|SASL mechanism|SASL OAUTHBEARER|AWS_MSK_IAM"
        r"|\bcoordinator is not|not the leader for|unknown topic or partition"
    ),
    Speaker.REGISTRY: (
        r"schema[- _]?registry|schemaregistry|RestClientException|io\.confluent\.kafka\.serializers"
        r"|error[_ ]code\"?: ?\"?(40[1-9]\d\d|4220\d|5000\d)\b|unknown magic byte"
        r"|\"error_code\": ?40[13]|retrieving avro|/schemas/ids/|/subjects/|fetch schema"
        r"|get schema from"
    ),
    Speaker.KINESIS: (
        r"kinesis|shardId-|Stream \S+ under account|stream \S+ under account|SubscribeToShard"
        r"|ExpiredIterator|ProvisionedThroughputExceeded|active subscription exists for this"
        r"|under stream: |StreamConsumer|shard iterator"
    ),
    Speaker.S3: (
        r"(?<!ON )\bS3\b(?! service is)|AmazonS3|\bs3[.-]|\bs3:(?=\w)|ListObjects|GetObject\b"
        r"|HeadObject"
        r"|NoSuchBucket|NoSuchKey|S3_ERROR|AWSClient|r2\.cloudflarestorage|digitaloceanspaces"
        r"|ListBucket|SlowDown|InvalidObjectState|sqs|SimpleQueueService|bucket policy"
        r"|AuthorizationHeaderMalformed|PermanentRedirect|SignatureDoesNotMatch|InvalidAccessKeyId"
        r"|parquet::|in file/uri|in file data/|parsed from file|RequestTimeTooSkewed"
        r"|the specified bucket"
    ),
    Speaker.GCS: (
        r"UserProject(Account|Missing|Access)\w+|GOOG1E"
        r"|googleapi: Error \d+: .{0,40}(bucket|object)|storage\.googleapis"
        r"|storage\.(objects|buckets)\."
        r"|\bgs://|Google Cloud Storage"
        r"|Google secret key|/storage/v1/b/|requester pays bucket but no user project"
    ),
    Speaker.PUBSUB: r"pub/?sub|sub\.Config|Cloud Pub/Sub|ack deadline|\bsubscriptions?/",
    Speaker.BIGQUERY: (
        r"bigquery|Access Denied: (Table|Dataset|Project|Job|BigQuery)|Not found: (Table|Dataset)"
        r"|Cannot query over table|readsessions|QueryUsagePerDay"
        r"|read and write in different locations|billingNotEnabled"
    ),
    Speaker.AZURE: (
        r"blob\.core\.windows|Azure::|azure\.(core|storage)|AzureBlob|RestError\b"
        r"|AuthenticationErrorDetail|KeyBasedAuthentication|Server failed to authenticate"
        r"|request is not authorized to perform this operation|PublicAccessNotPermitted"
        r"|StorageException|(Container|Blob|Account)[A-Z]\w{1,60}: |the specified container"
        r"|blob storage|storage account|ErrorCode:[A-Z]\w+|DefaultEndpointsProtocol|AccountName="
    ),
    Speaker.CLICKHOUSE: (
        r"DB::\w*Exception|\bcode: -?\d{1,4}, message\b|Coordination::|peerdb_validation|normaliz"
        r"|invalid mirror: table|Merges are processing|while pushing to view"
        r"|clickhouse(?!\.cloud|AccessRole)"
        r"|\(version \d\d\.\d|user directories|Not enough privileges|SharedMergeTree"
        r"|invalid partition expression|Poco::|saving msg error code|Too many parts"
        r"|NOTIFY_(OOM|MV|DESTINATION|INVALID_DEST)|WARNING_LOSSY"
    ),
    Speaker.API: (
        r"api\.clickhouse\.cloud|\bClickPipe (is|creation|must)|\bApi \{ status|Updating ClickPipe"
        r"|clickhousectl|request body\.source|\"requestId\"|clickhouse_clickpipe"
        r"|\"error\" ?: ?\"(BAD_REQUEST|FORBIDDEN|UNAUTHORIZED|NOT_FOUND|CONFLICT"
        r"|FAILED_DEPENDENCY)"
    ),
}
"""What only that system writes, or what is written only to it. Case does not matter."""

_FAINT: Final[Mapping[Speaker, str]] = {
    Speaker.AWS: (
        r"arn:aws|\bsts:|\bkms:|AssumeRole|AccessDeniedException|\bAccess ?Denied\b|botocore"
        r"|aws-sdk|awssdk|amazonaws\.com|\bapi error\b|operation error|UnrecognizedClient"
        r"|InvalidClientTokenId|ExpiredToken|ThrottlingException|security token"
    ),
    Speaker.GOOGLE: (
        r"google|invalid_grant|gserviceaccount|\brpc error: code = |StatusCode\.|oauth2"
        r"|\d{1,2} (UNAUTHENTICATED|PERMISSION_DENIED|NOT_FOUND|RESOURCE_EXHAUSTED|UNAVAILABLE)"
        r"|\"status\" ?: ?\"[A-Z_]+\"|service account"
    ),
    Speaker.CLICKHOUSE: r"\bcode: -?\d{1,4}\b|destination table|materialized view",
    Speaker.KAFKA: r"\btopics?\b|\boffsets?\b|\bSASL\b",
    Speaker.S3: r"\bbucket\b",
}
"""What points to a system where nothing speaks more clearly."""

_RELAYED: Final[tuple[tuple[Speaker, tuple[Speaker, ...]], ...]] = (
    (Speaker.CLICKHOUSE, (*FILES,)),
    (Speaker.KAFKA, (Speaker.REGISTRY,)),
    (Speaker.S3, (Speaker.KINESIS, Speaker.GCS, Speaker.AZURE)),
    (Speaker.GCS, (Speaker.BIGQUERY,)),
    (Speaker.GOOGLE, (Speaker.GCS, Speaker.PUBSUB, Speaker.BIGQUERY, Speaker.MYSQL)),
    (Speaker.POSTGRES, (Speaker.MYSQL, Speaker.MONGODB, Speaker.BIGQUERY, Speaker.CLICKHOUSE)),
    (Speaker.KAFKA, (Speaker.POSTGRES, Speaker.MYSQL, Speaker.MONGODB, *FILES, Speaker.KINESIS)),
    (Speaker.API, tuple(one for one in Speaker if one is not Speaker.API)),
)
"""Who only passes on what the others say, where both are heard."""

_CODES: Final[tuple[tuple[Speaker, str, str], ...]] = (
    (
        Speaker.POSTGRES,
        "postgres",
        (
            r"(?:SQL ?STATE|code)(?: code)?['\"]?\W{1,4}(\d\d[0-9A-Z]{3}|XX\d{3})\b"
            r"|(?<![\w-])(\d\d(?=\d?[A-Z])[0-9A-Z]{3})(?![\w-])"
        ),
    ),
    (
        Speaker.MYSQL,
        "mysql",
        r"\((\d{4}), ?['\"]|\bERROR:? (\d{4})\b(?![-/])|\b[Ee]rror:? (\d{4})(?::| \()",
    ),
    (Speaker.MONGODB, "mongodb", r"\((\w{6,})\)(?= )|\berror \d+ \((\w+)\)"),
    (Speaker.CLICKHOUSE, "clickhouse", r"\(([A-Z][A-Z0-9_]{4,})\)"),
    (Speaker.AZURE, "azure", r"(?<!\()\b([A-Z][a-z]+[A-Z]\w+)\b"),
    (Speaker.KAFKA, "kafka", r"\b([A-Z]{3,}_[A-Z_]{4,})\b"),
)
"""Codes that are told apart by their form only together with the table of that system."""


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


@cache
def _exact(text: str) -> re.Pattern[str]:
    return re.compile(text)


def _speakers_in(text: str) -> frozenset[Speaker]:
    return _without_relays(frozenset(_heard(text)))


speakers_in = kept(_speakers_in, 64, longest=4_096)
"""The systems that are heard clearly in a text."""


def hinted_in(text: str) -> frozenset[Speaker]:
    """The systems that a text points to where none is heard clearly."""
    hints = (speaker for speaker, words in _FAINT.items() if _pattern(words).search(text))
    return _without_relays(frozenset(hints))


def _heard(text: str) -> Iterator[Speaker]:
    for speaker, words in _PLAIN.items():
        if _pattern(words).search(text):
            yield speaker
    for speaker, table, form in _CODES:
        for found in _exact(form).finditer(text):
            if is_code(table, next(group for group in found.groups() if group)):
                yield speaker


def _without_relays(heard: frozenset[Speaker]) -> frozenset[Speaker]:
    for relay, sources in _RELAYED:
        if relay in heard and not heard.isdisjoint(sources):
            heard -= {relay}
    return heard


def settled(heard: frozenset[Speaker], arm: str) -> frozenset[Speaker]:
    """Who speaks, once it is known what the pipe reads: its own source stands before others."""
    own = frozenset(OF_ARM.get(arm, ()))
    if not heard.isdisjoint(own):
        return heard - (_SOURCES - own)
    if any(cloud in heard and arm in arms for cloud, arms in _HOUSES.items()):
        return (heard - frozenset(_HOUSES)) | own
    return heard
