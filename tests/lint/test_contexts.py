"""Nothing of another source's context is told of a pipe."""

import json
import re

import pytest
from mcp_types import ElicitRequestParams, ElicitResult

from clickpipes_mcp.contract import Family
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.creating.creation import create_body
from tests.serving import PIPES, said

pytestmark = pytest.mark.anyio

OWN_WORDS = {
    "kafka": r"\bKafka|\bbrokers?\b|consumer group|\bpartitions?\b",
    "kinesis": r"\bKinesis|\bshards?\b",
    "s3": r"\bS3\b|\bSQS\b",
    "gcs": r"storage\.googleapis",
    "azure_blob": r"\bAzure",
    "postgres": r"\bPostgre|\bWAL\b|\bpublication|\breplication slot|\bslot\b",
    "mysql": r"\bMySQL|\bMariaDB|\bbinlog|\bGTID",
    "mongodb": r"\bMongo|\boplog|change stream",
    "bigquery": r"\bBigQuery",
    "pubsub": r"\bPub/Sub|\bsubscription",
}
OF_A_FAMILY = {
    Family.DATABASE: r"database pipe|\bCDC\b|\binitial load|\bsnapshot\b",
    Family.STREAMING: r"\bstreams?\b",
    Family.OBJECT_STORAGE: r"\bfiles?\b|\bqueue\b",
}
CALLS = (
    ("get_clickpipe", {}),
    ("stop_clickpipe", {}),
    ("stop_clickpipe", {"dry_run": True}),
    ("start_clickpipe", {"dry_run": True}),
    ("resync_clickpipe", {}),
    ("resync_clickpipe", {"dry_run": True}),
    ("delete_clickpipe", {}),
    ("delete_clickpipe", {"dry_run": True}),
    ("update_clickpipe", {"name": "another name", "dry_run": True}),
    ("scale_clickpipe", {"replicas": 2, "dry_run": True}),
    ("get_clickpipe_settings", {}),
    ("wait_for_clickpipe", {"timeout_s": 1}),
)


def _foreign(spec) -> re.Pattern[str]:
    others = [words for key, words in OWN_WORDS.items() if key != spec.key]
    others += [words for family, words in OF_A_FAMILY.items() if family is not spec.family]
    return re.compile("|".join(others), re.IGNORECASE)


def test_every_source_has_words_of_its_own() -> None:
    assert OWN_WORDS.keys() == {spec.key for spec in SOURCES}


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
async def test_no_answer_and_no_question_speaks_of_another_source(serve, spec) -> None:
    told: list[str] = []

    async def refuse(asked: ElicitRequestParams) -> ElicitResult:
        told.append(asked.message)
        return ElicitResult(action="decline")

    served = await serve(person=refuse)
    body = create_body(spec, spec.create.model_validate(spec.example))
    body = json.loads(json.dumps(body, default=lambda _: "c3RhbmQtaW4="))
    made = await served.plane.by_somebody_else("POST", PIPES, body)
    told.append(said(await served.call("get_clickpipe", clickpipe=made["id"])))
    served.clock.advance(3_600)
    told.append(
        said(await served.call(f"create_{spec.key}_clickpipe", **spec.example, dry_run=True))
    )
    for tool, arguments in CALLS:
        result = await served.call(tool, clickpipe=made["id"], **arguments)
        if not result.is_error:
            told.append(said(result))

    foreign = _foreign(spec)
    assert [(m[0], text) for text in told for m in [foreign.search(text)] if m] == []
