"""The simulator's own document: it differs from the models only on purpose."""

from clickpipes_mcp.drift.document import Document
from clickpipes_mcp.drift.report import compare
from clickpipes_mcp.simulator.http.openapi import openapi_document


def test_it_differs_only_on_purpose():
    report = compare(Document(openapi_document()), "the simulator")
    assert [one.line for one in report.drift] == []
