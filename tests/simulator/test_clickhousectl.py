"""The official command-line client, run unchanged against the simulator over TCP."""

import json
import subprocess
import sys
import threading
from functools import partial
from pathlib import Path

import anyio
import pytest

from clickpipes_mcp.clock import SystemClock
from clickpipes_mcp.simulator import (
    DEFAULT_ORGANIZATION_ID,
    DEFAULT_SERVICE_ID,
    SimulatorOptions,
    build_simulator,
)
from clickpipes_mcp.simulator.serving.serve import serving
from tests.faults.processes import PATIENCE_S

PROGRAM = Path(sys.executable).with_name("clickhousectl")
SVC = DEFAULT_SERVICE_ID
TABLE = ["--database", "default", "--column", "id:UInt64"]
LOGIN = ["--username", "u", "--password", "p"]
ROLE = "arn:aws:iam::000000000000:role/ClickHouseAccessRole-x"
MAPPINGS = ("public.users:users", "mydb.orders:orders", "db.users:docs", "ds.t:t")
TYPED_COLLECTION = {
    "sourceDatabaseName": "db",
    "sourceCollection": "typed",
    "targetTable": "typed",
    "structuredIngestion": {"enabled": True, "columns": [{"name": "device", "type": "String"}]},
}
CHANGING_TABLE = {
    "sourceDatasetName": "ds",
    "sourceTable": "changes",
    "targetTable": "changes",
    "queryCdcWatermarkColumn": "changed_at",
}
FILES = {
    "sa.json": '{"type":"service_account","project_id":"my-project"}',
    "ca.pem": "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
    "crt.pem": "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
    "key.pem": "-----BEGIN " + "PRIVATE KEY-----\nAA==\n-----END " + "PRIVATE KEY-----\n",
    "patch.json": '{"name":"renamed"}',
    "td.json": json.dumps(
        {
            "engine": {
                "type": "ReplacingMergeTree",
                "versionColumnId": "id",
                "columnIds": [],  # the client wants it and drops it
            },
            "sortingKey": ["id"],
            "partitionBy": "toYYYYMM(ts)",
            "primaryKey": "id",
        }
    ),
}


def kafka(flavour, *more):
    return [
        "kafka", "--kafka-type", flavour, "--brokers", "b1.plant.example:9092", "--topics", "t1",
        "--format", "JSONEachRow", *more, *TABLE,
    ]  # fmt: skip


def storage(*more):
    return ["object-storage", "--format", "JSONEachRow", *more, *TABLE]


def postgres(*more):
    return [
        "postgres", "--host", "pg.plant.example", "--pg-database", "db",
        "--table-mapping", MAPPINGS[0], *more,
    ]  # fmt: skip


S3 = ["--source-url", "https://b.s3.us-east-1.amazonaws.com/d/*.json"]
CREATES = {
    "confluent": kafka("confluent", "--auth", "PLAIN", *LOGIN),
    "open kafka": kafka("kafka"),
    "mutual TLS kafka": kafka(
        "kafka", "--client-certificate", "crt.pem", "--client-key", "key.pem",
        "--ca-certificate", "ca.pem", "--start-paused",
    ),
    "msk": kafka(
        "msk", "--auth", "IAM_ROLE", "--iam-role", ROLE, "--table-definition-file", "td.json"
    ),
    "event hubs": kafka(
        "azureeventhub", "--event-hubs-connection-string",
        "Endpoint=sb://ns/;SharedAccessKeyName=k;SharedAccessKey=v",
    ),
    "kafka with everything": [
        "kafka", "--kafka-type", "kafka", "--brokers", "b1.plant.example:9092", "--topics", "t1",
        "--format", "AvroConfluent", *LOGIN, "--schema-registry-url", "https://sr.plant.example",
        "--schema-registry-username", "su", "--schema-registry-password", "sp",
        "--offset", "from_timestamp", "--offset-timestamp", "2021-01-01T00:00", "--replicas", "2",
        "--cpu-millicores", "250", "--memory-gb", "1", "--kafka-read-committed", "true",
        "--role", "r1", *TABLE,
    ],
    "kafka with a Glue registry": [
        "kafka", "--kafka-type", "msk", "--brokers", "b1.plant.example:9098", "--topics", "t1",
        "--format", "AvroConfluent", "--auth", "IAM_ROLE", "--iam-role", ROLE,
        "--schema-registry-type", "glue", "--glue-region", "us-east-1",
        "--glue-registry-name", "plant", "--glue-role-arn", ROLE, *TABLE,
    ],
    "kinesis": [
        "kinesis", "--stream-name", "st", "--region", "us-east-1", "--format", "JSONEachRow",
        "--auth", "IAM_ROLE", "--iam-role", ROLE, "--iterator-type", "AT_TIMESTAMP",
        "--iterator-timestamp", "1615766400", "--enhanced-fan-out", *TABLE,
    ],
    "public s3": storage(*S3),
    "s3 with a key": storage(
        "--storage-type", "s3", *S3, "--access-key-id", "AK", "--secret-key", "SK"
    ),
    "s3 with a queue": storage(
        *S3, "--iam-role", ROLE, "--continuous", "--queue-url",
        "https://sqs.us-east-1.amazonaws.com/000000000000/q", "--skip-initial-load",
    ),
    "gcs": storage(
        "--storage-type", "gcs", "--source-url", "gs://b/d/*.json", "--auth", "SERVICE_ACCOUNT",
        "--service-account-file", "sa.json",
    ),
    "azure": storage(
        "--storage-type", "azureblobstorage", "--source-url", "https://acct.blob.example/c",
        "--connection-string", "AccountName=a;AccountKey=k", "--azure-container-name", "c",
        "--path", "d/*.json",
    ),
    "pubsub": [
        "pubsub", "--topic", "tp", "--project-id", "my-gcp-project", "--format", "JSONEachRow",
        "--seek-type", "latest", "--service-account-file", "sa.json", *TABLE,
    ],
    "postgres": postgres(*LOGIN),
    "postgres with a role": postgres(
        "--postgres-type", "rdspostgres", "--auth", "IAM_ROLE", "--iam-role", ROLE
    ),
    "postgres changes only": postgres(
        *LOGIN, "--replication-mode", "cdc_only", "--replication-slot-name", "slot",
        "--publication-name", "pub", "--sync-interval-seconds", "30", "--pull-batch-size", "1000",
    ),
    "mysql": [
        "mysql", "--host", "my.plant.example", *LOGIN, "--table-mapping", MAPPINGS[1],
    ],
    "mongodb": [
        "mongodb", "--uri", "mongodb+srv://c.plant.example/db", *LOGIN,
        "--table-mapping", MAPPINGS[2],
    ],
    "mongodb with typed columns": [
        "mongodb", "--uri", "mongodb+srv://c.plant.example/db", *LOGIN, "--table-mapping-json",
        json.dumps(TYPED_COLLECTION),
    ],
    "bigquery following changes": [
        "bigquery", "--staging-path", "gs://b/s/", "--service-account-file", "sa.json",
        "--replication-mode", "cdc", "--replication-method", "query_based", "--sync-cron",
        "@hourly", "--table-mapping-json",
        json.dumps(CHANGING_TABLE),
    ],
    "bigquery": [
        "bigquery", "--staging-path", "gs://b/s/", "--service-account-file", "sa.json",
        "--table-mapping", MAPPINGS[3],
    ],
}  # fmt: skip
STREAMING = {name for name, line in CREATES.items() if "--database" in line}


@pytest.fixture(scope="module")
def port():
    """A simulator at sixty thousand times its speed, served from a thread of its own."""
    bound, started, stop = [], threading.Event(), threading.Event()

    async def run():
        app = build_simulator(SimulatorOptions(speed=60_000), SystemClock())
        async with serving(app, "127.0.0.1", 0) as number:
            bound.append(number)
            started.set()
            await anyio.to_thread.run_sync(stop.wait)

    thread = threading.Thread(target=partial(anyio.run, run))
    thread.start()
    assert started.wait(PATIENCE_S)
    yield bound[0]
    stop.set()
    thread.join(PATIENCE_S)


@pytest.fixture
def ctl(port, tmp_path):
    """Runs one command in an empty home and answers its JSON."""
    for name, content in FILES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    home = tmp_path / "home"
    home.mkdir()

    def run(*line):
        head = ["cloud", "--url", f"http://127.0.0.1:{port}", "--api-key", "K"]
        head += ["--api-secret", "S", "--org-id", DEFAULT_ORGANIZATION_ID, "--json"]
        query_host = f"http://127.0.0.1:{port}"
        environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "DO_NOT_TRACK": "1"}
        environment["CLICKHOUSE_CLOUD_QUERY_HOST"] = query_host
        done = subprocess.run(
            [PROGRAM, *head, *line],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        try:
            return json.loads(done.stdout)
        except ValueError:
            return done.stdout

    return run


@pytest.fixture
def made(ctl):
    """Creates a pipe with the client; its answer."""

    def create(name, label="pipe"):
        # Every pipe has a table of its own: tables outlive pipes and then block a create.
        table = label.replace(" ", "_")
        own = [f"{part}_{table}" if part in MAPPINGS else part for part in CREATES[name]]
        kind, *rest = own
        more = ["--table", table] if name in STREAMING else []
        return ctl("clickpipe", "create", kind, SVC, "--name", label, *rest, *more)

    return create


@pytest.mark.parametrize("name", CREATES)
def test_every_create_is_accepted_and_read_back(ctl, made, name):
    pipe = made(name, name)
    assert ctl("clickpipe", "get", SVC, pipe["id"])["name"] == name
    assert ctl("clickpipe", "delete", SVC, pipe["id"]) == {"deleted": pipe["id"]}


def test_a_pipe_is_listed_and_found_by_name(ctl, made):
    pipe = made("confluent", "by name")
    assert pipe["id"] in [one["id"] for one in ctl("clickpipe", "list", SVC)]
    assert ctl("clickpipe", "get", SVC, "--name", "by name")["id"] == pipe["id"]
    ctl("clickpipe", "delete", SVC, "--name", "by name")


def test_a_pipe_is_stopped_and_started(ctl, made):
    pipe = made("postgres", "stopped and started")
    assert ctl("clickpipe", "stop", SVC, pipe["id"])["id"] == pipe["id"]
    assert ctl("clickpipe", "get", SVC, pipe["id"])["state"] == "Paused"
    assert ctl("clickpipe", "start", SVC, pipe["id"])["id"] == pipe["id"]
    assert ctl("clickpipe", "resync", SVC, pipe["id"])["id"] == pipe["id"]
    ctl("clickpipe", "delete", SVC, pipe["id"])


def test_a_pipe_is_scaled_and_renamed(ctl, made):
    pipe = made("open kafka", "scaled")
    line = ["--replicas", "3", "--cpu-millicores", "250", "--memory-gb", "1"]
    ctl("clickpipe", "scale", SVC, pipe["id"], *line)
    assert ctl("clickpipe", "get", SVC, pipe["id"])["scaling"]["replicas"] == 3
    assert ctl("clickpipe", "update", SVC, pipe["id"], "--file", "patch.json")["name"] == "renamed"
    ctl("clickpipe", "delete", SVC, pipe["id"])


def test_settings_are_read_and_written(ctl, made):
    pipe = made("open kafka", "with settings")
    ctl("clickpipe", "settings", "get", SVC, pipe["id"])
    line = ["settings", "update", SVC, pipe["id"], "--streaming-max-insert-wait-ms", "10000"]
    ctl("clickpipe", *line, "--kafka-read-committed", "true")
    assert ctl("clickpipe", *line)["kafka_read_committed"] is True
    ctl("clickpipe", "delete", SVC, pipe["id"])


def test_cdc_scaling_is_read_and_written(ctl, made):
    pipe = made("postgres", "for scaling")
    assert ctl("clickpipe", "cdc-scaling", "get", SVC)["replicaMemoryGb"] == 8
    line = ["--cpu-millicores", "4000", "--memory-gb", "16"]
    ctl("clickpipe", "cdc-scaling", "update", SVC, *line)
    assert ctl("clickpipe", "cdc-scaling", "get", SVC)["replicaCpuMillicores"] == 4000
    ctl("clickpipe", "delete", SVC, pipe["id"])


def test_the_context_of_a_service_is_read(ctl):
    assert ctl("clickpipe", "context", "get", SVC)["gcpWorkloadIdentity"]["supported"] is False


@pytest.mark.parametrize(
    "line",
    [
        ["kafka", "--brokers", "b:9092", "--topics", "t", "--format", "JSONEachRow", *LOGIN],
        ["kinesis", "--stream-name", "s", "--region", "us-east-1", "--format", "JSONEachRow",
         "--access-key-id", "AK", "--secret-key", "SK"],
        ["object-storage", "--source-url", "https://b.s3.amazonaws.com/*",
         "--format", "CSVWithNames"],
        ["pubsub", "--topic", "t", "--project-id", "my-gcp-project", "--format", "JSONEachRow",
         "--seek-type", "latest", "--service-account-file", "sa.json"],
    ],
    ids=lambda line: line[0],
)  # fmt: skip
def test_a_schema_is_discovered(ctl, line):
    kind, *rest = line
    assert ctl("clickpipe", "schema-discover", kind, SVC, *rest)["fields"]


@pytest.mark.parametrize(
    "line",
    [
        ["VPC_ENDPOINT_SERVICE", "--vpc-endpoint-service-name", "com.amazonaws.vpce.x.vpce-svc-1"],
        ["VPC_RESOURCE", "--vpc-resource-configuration-id", "rcfg-1", "--vpc-resource-share-arn",
         "arn:aws:ram:us-east-1:000000000000:resource-share/x",
         "--custom-private-dns-mapping", "a.plant.example=tgt1"],
        ["MSK_MULTI_VPC", "--msk-cluster-arn", "arn:aws:kafka:us-east-1:000000000000:cluster/x",
         "--msk-authentication", "SASL_IAM"],
        ["GCP_PSC_SERVICE_ATTACHMENT", "--gcp-service-attachment",
         "projects/p/regions/us-central1/serviceAttachments/n",
         "--custom-private-dns-mapping", "*.plant.example"],
    ],
    ids=lambda line: line[0],
)  # fmt: skip
def test_a_private_endpoint_lives_its_life(ctl, line):
    endpoint = ["clickpipe", "reverse-private-endpoint"]
    kind, *rest = line
    made = ctl(*endpoint, "create", SVC, "--type", kind, "--description", "d", *rest)
    assert ctl(*endpoint, "get", SVC, made["id"])["type"] == kind
    assert made["id"] in [one["id"] for one in ctl(*endpoint, "list", SVC)]
    cleared = ctl(*endpoint, "update", SVC, made["id"], "--clear-custom-private-dns-mappings")
    assert not cleared.get("customPrivateDnsMappings")
    ctl(*endpoint, "delete", SVC, made["id"])


def test_the_organization_and_its_services_are_read(ctl):
    assert ctl("org", "list")[0]["id"] == DEFAULT_ORGANIZATION_ID
    assert ctl("service", "list")[0]["id"] == SVC
    assert ctl("service", "get", SVC)["state"] == "running"


def test_metrics_come_as_plain_text(ctl):
    assert "ClickHouse_ServiceInfo" in str(ctl("service", "prometheus", SVC))


def test_a_query_is_answered(ctl):
    assert "1" in str(ctl("service", "query", "--id", SVC, "--query", "SELECT 1"))
