"""Request schemas of the streaming and object-storage sources."""

from clickpipes_mcp.simulator.contract._shapes import (
    FLAG,
    GOOGLE_AUTHENTICATION,
    LOGIN,
    NAME,
    SECRET,
    SERVICE_ACCOUNT,
    TEXT,
    WORKLOAD_IDENTITY,
    Properties,
    array,
    choice,
    ignoring,
    or_null,
    structure,
    whole,
)
from clickpipes_mcp.simulator.documents import JsonObject

KAFKA_AUTHENTICATION = choice(
    "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "IAM_ROLE", "IAM_USER", "MUTUAL_TLS",
    WORKLOAD_IDENTITY,
)  # fmt: skip
STORAGE_AUTHENTICATION = choice(
    "IAM_ROLE", "IAM_USER", "CONNECTION_STRING", "SERVICE_ACCOUNT", WORKLOAD_IDENTITY
)
AWS_AUTHENTICATION = choice("IAM_ROLE", "IAM_USER")

# The published oneOf of the four pairs is all-optional and so refuses everything; the pairs are
# checked as rules, here only the names of their halves are known.
KAFKA_CREDENTIALS = structure(
    dict.fromkeys(
        ("username", "password", "accessKeyId", "secretKey", "connectionString", "certificate",
         "privateKey"), SECRET,
    ),
    writeOnly=True,
)  # fmt: skip
ACCESS_KEY = structure(
    {"accessKeyId": SECRET, "secretKey": SECRET}, ("accessKeyId", "secretKey"), writeOnly=True
)
PROTOBUF_SCHEMA: JsonObject = {**SECRET, "maxLength": 1048576}

KAFKA: Properties = {
    "type": choice(
        "kafka", "redpanda", "msk", "gcmk", "confluent", "warpstream", "azureeventhub", "dokafka"
    ),
    "format": choice("JSONEachRow", "Avro", "AvroConfluent", "Protobuf"),
    "brokers": NAME,
    "topics": NAME,
    "consumerGroup": or_null(NAME),
    "authentication": or_null(KAFKA_AUTHENTICATION),
    "iamRole": or_null(NAME),
    "credentials": or_null(KAFKA_CREDENTIALS),
    "offset": or_null(
        structure(
            {
                "strategy": choice("from_beginning", "from_latest", "from_timestamp"),
                "timestamp": or_null(TEXT),
            },
            ("strategy",),
        )
    ),
    "schemaRegistry": or_null(
        structure(
            {
                "type": choice("confluent", "glue"),
                "url": or_null(NAME),
                "authentication": or_null(choice("PLAIN")),
                "credentials": or_null(LOGIN),
                "caCertificate": or_null(NAME),
                "glueRegion": or_null(NAME),
                "glueRegistryName": or_null(NAME),
                "roleArn": or_null(NAME),
                "glueRoleArn": or_null(NAME),
            }
        )
    ),
    "caCertificate": or_null(NAME),
    "reversePrivateEndpointIds": or_null(array(NAME)),
    "exactlyOnce": or_null(FLAG),
    "protobufSchema": or_null(PROTOBUF_SCHEMA),
    "tombstoneMode": or_null(NAME),
}
KINESIS: Properties = {
    "format": choice("JSONEachRow", "Avro", "AvroConfluent", "Protobuf"),
    "streamName": NAME,
    "region": NAME,
    "useEnhancedFanOut": or_null(FLAG),
    "iteratorType": choice("TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"),
    "timestamp": or_null({"type": "integer"}),
    "authentication": AWS_AUTHENTICATION,
    "iamRole": or_null(NAME),
    "accessKey": or_null(ACCESS_KEY),
    "protobufSchema": or_null(PROTOBUF_SCHEMA),
    "schemaRegistry": or_null({"type": "object"}),
}
OBJECT_STORAGE: Properties = {
    "type": choice(
        "s3", "gcs", "dospaces", "azureblobstorage", "cloudflarer2", "ovhobjectstorage"
    ),
    "format": choice(
        "JSONEachRow", "JSONAsObject", "CSV", "CSVWithNames", "TabSeparated",
        "TabSeparatedWithNames", "Parquet", "Avro",
    ),
    "url": or_null(NAME),
    "delimiter": or_null(TEXT),
    "compression": or_null(
        choice("none", "gzip", "gz", "brotli", "br", "xz", "LZMA", "zstd", "auto")
    ),
    "isContinuous": or_null(FLAG),
    "queueUrl": or_null(NAME),
    "skipInitialLoad": or_null(FLAG),
    "startAfter": or_null(NAME),
    "authentication": or_null(STORAGE_AUTHENTICATION),
    "iamRole": or_null(NAME),
    "connectionString": or_null(SECRET),
    "path": or_null(NAME),
    "azureContainerName": or_null(NAME),
    "accessKey": or_null(ACCESS_KEY),
    "serviceAccountKey": or_null(SECRET),
}  # fmt: skip
PUBSUB: Properties = {
    "format": choice("JSONEachRow", "Avro", "Protobuf"),
    "projectId": {"type": "string", "pattern": "^[a-z][a-z0-9-]{4,28}[a-z0-9]$"},
    "topic": {"type": "string", "pattern": "^[^/]+$"},
    "authentication": GOOGLE_AUTHENTICATION,
    "seekType": choice("latest", "earliest", "timestamp"),
    "seekTimestamp": or_null(NAME),
    "filter": or_null({"type": "string", "maxLength": 256}),
    "enableOrdering": or_null(FLAG),
    "ackDeadline": or_null(whole(10, 600)),
    "serviceAccountKey": or_null(SERVICE_ACCOUNT),
}

ARM_SCHEMAS: Properties = {
    "create_kafka": structure(KAFKA, ("type", "format", "brokers", "topics")),
    "create_kinesis": structure(
        KINESIS, ("format", "streamName", "region", "iteratorType", "authentication")
    ),
    "create_objectStorage": structure(OBJECT_STORAGE, ("type", "format")),
    "create_pubsub": structure(
        PUBSUB, ("format", "projectId", "topic", "authentication", "seekType")
    ),
    "update_kafka": ignoring(
        KAFKA,
        {
            "authentication": or_null(KAFKA_AUTHENTICATION),
            "iamRole": or_null(NAME),
            "caCertificate": or_null(NAME),
            "reversePrivateEndpointIds": or_null(array(NAME)),
            "credentials": or_null(KAFKA_CREDENTIALS),
        },
    ),
    "update_kinesis": ignoring(
        KINESIS,
        {
            "authentication": or_null(AWS_AUTHENTICATION),
            "iamRole": or_null(NAME),
            "accessKey": or_null(ACCESS_KEY),
        },
    ),
    "update_objectStorage": ignoring(
        OBJECT_STORAGE,
        {
            key: OBJECT_STORAGE[key]
            for key in (
                "skipInitialLoad", "startAfter", "authentication", "iamRole", "connectionString",
                "path", "azureContainerName", "accessKey", "serviceAccountKey",
            )
        },
    ),
    "update_pubsub": ignoring(
        PUBSUB,
        {
            "authentication": GOOGLE_AUTHENTICATION,
            "ackDeadline": PUBSUB["ackDeadline"],
            "serviceAccountKey": or_null(SERVICE_ACCOUNT),
        },
        ("authentication",),
    ),
}  # fmt: skip
