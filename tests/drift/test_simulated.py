"""The simulator's own document: it differs only on purpose, and where something is on its way."""

from clickpipes_mcp.drift.document import Document
from clickpipes_mcp.drift.report import compare
from clickpipes_mcp.simulator.http.openapi import openapi_document

_KEYS = "/v1/organizations/{}/services/{}/clickpipesSshKeyResources"
COMING = {
    *(f"{method} {_KEYS}: only the document" for method in ("GET", "POST")),
    *(f"{method} {_KEYS}/{{}}: only the document" for method in ("GET", "DELETE")),
    f"POST {_KEYS}/{{}}/validate: only the document",
    *(
        f"{name} source.{field}: only the document"
        for name in ("create_pipe", "discover_schema")
        for field in ("kafka.sshKeyResourceId", "kafka.tombstoneMode", "kinesis.schemaRegistry")
    ),
    *(
        f"create_pipe source.{arm}.sshKeyResourceId: only the document"
        for arm in ("postgres", "mysql", "mongodb")
    ),
}
"""What the simulator has already; each line goes when the models have it too."""


def test_it_differs_only_on_purpose():
    report = compare(Document(openapi_document()), "the simulator")
    assert {one.line for one in report.drift} - COMING == set()
