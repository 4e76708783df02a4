"""What the official command-line client sends, and what this package sends for the same."""

import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from clickpipes_mcp.simulator import DEFAULT_ORGANIZATION_ID, DEFAULT_SERVICE_ID
from clickpipes_mcp.sources import source_named
from tests.faults.processes import PATIENCE_S
from tests.loopback import serving_in_a_thread

PROGRAM = Path(sys.executable).with_name("clickhousectl")
ROLE = "arn:aws:iam::123456789012:role/ClickHouseAccessRole-glue"
GLUE = [
    "kafka", DEFAULT_SERVICE_ID, "--name", "events", "--kafka-type", "msk",
    "--brokers", "b-1.example.com:9098", "--topics", "events", "--format", "AvroConfluent",
    "--auth", "IAM_ROLE", "--iam-role", ROLE, "--schema-registry-type", "glue",
    "--glue-region", "eu-west-1", "--glue-registry-name", "events", "--glue-role-arn", ROLE,
    "--database", "default", "--table", "events", "--column", "id:UInt64",
]  # fmt: skip
SAME = {
    "name": "events",
    "source": {
        "type": "msk",
        "brokers": "b-1.example.com:9098",
        "topics": "events",
        "format": "AvroConfluent",
        "authentication": "IAM_ROLE",
        "iam_role": ROLE,
        "offset": {"strategy": "from_beginning"},
        "reverse_private_endpoint_ids": [],
        "schema_registry": {
            "type": "glue",
            "glue_region": "eu-west-1",
            "glue_registry_name": "events",
            "glue_role_arn": ROLE,
        },
    },
    "destination": {
        "database": "default",
        "table": "events",
        "managed_table": True,
        "table_definition": {"engine": {"type": "MergeTree"}},
        "columns": [{"name": "id", "type": "UInt64"}],
    },
}


@pytest.fixture
def sent(tmp_path):
    """Runs a create of the official client and answers the body it sent."""

    def run(*line):
        bodies = []

        class Recording(BaseHTTPRequestHandler):
            def do_POST(self):
                bodies.append(self.rfile.read(int(self.headers["content-length"])))
                self.send_error(500)

            def log_message(self, *_):
                pass

        with serving_in_a_thread(Recording) as url:
            subprocess.run(
                [
                    PROGRAM, "cloud", "--url", url, "--api-key", "K", "--api-secret", "S",
                    "--org-id", DEFAULT_ORGANIZATION_ID, "--json", "clickpipe", "create", *line,
                ],
                cwd=tmp_path,
                env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "DO_NOT_TRACK": "1"},
                capture_output=True,
                timeout=PATIENCE_S,
                check=False,
            )  # fmt: skip
        (body,) = bodies
        return json.loads(body)

    return run


def test_a_glue_registry_is_sent_as_the_official_client_sends_it(sent):
    theirs = sent(*GLUE)
    assert theirs["source"]["kafka"].pop("credentials") is None
    ours = source_named("kafka").create.model_validate(SAME).body()
    assert {**ours, "source": {"kafka": ours["source"]}} == theirs
