"""The whole call that makes a pipe anew: it is accepted, loses nothing and doubles nothing."""

import copy
import re
from datetime import UTC, datetime, timedelta

import pytest
from pydantic.alias_generators import to_camel

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.diagnosis import FRESH, RULES, Facts, Row, position_of
from clickpipes_mcp.schema_shape import full_schema
from clickpipes_mcp.simulator import SCENARIOS
from clickpipes_mcp.sources import SOURCES, source_of
from clickpipes_mcp.tools.insight.recreation import recreation, secrets_of
from tests.serving import (
    BIGQUERY,
    KAFKA,
    KINESIS,
    PIPES,
    POSTGRES,
    REFERENCE_BODIES,
    S3,
    error,
    facts,
    said,
)

pytestmark = pytest.mark.anyio

REFERENCE = re.compile(r"\$\{env:(\w+)\}")
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/events"
AT = datetime(2026, 8, 20, 12, 0, tzinfo=UTC)


def put_secrets(monkeypatch, arguments) -> None:
    """Everything that the call refers to, each its own."""
    named = REFERENCE.findall(str(arguments))
    assert len(named) == len(set(named))
    for name in named:
        monkeypatch.setenv(name, "ZXhhbXBsZQ==")


async def successor(serve, body, wanted=None, **known):
    served = await serve()
    sent = await served.plane.by_somebody_else("GET", f"{PIPES}/{await served.pipe(body)}")
    pipe = Pipe.model_validate(sent)
    spec = source_of(pipe.arm, pipe.source_type)
    case = Facts(pipe_id=pipe.id, arm=pipe.arm, family=spec.family, source=pipe.arm_body, **known)
    return served, pipe, spec, recreation(pipe, spec, case, wanted or {})


@pytest.mark.parametrize("body", REFERENCE_BODIES, ids=lambda body: body["name"])
async def test_the_call_is_accepted_as_it_stands_but_for_what_the_api_hides(
    serve, body, monkeypatch
) -> None:
    served, _, spec, made = await successor(serve, body)
    put_secrets(monkeypatch, made.arguments)

    result = await served.call(f"create_{spec.key}_clickpipe", dry_run=True, **made.arguments)

    problems = error(result)["problems"] if result.is_error else []
    hidden = [problem["field"].rpartition(".")[2] for problem in problems]
    assert all(field in made.advice for field in hidden), said(result)
    assert len(hidden) <= 1


async def test_kafka_goes_on_in_the_same_group_and_the_same_table(serve) -> None:
    _, pipe, _, made = await successor(serve, KAFKA)
    source, destination = made.arguments["source"], made.arguments["destination"]
    assert source["consumer_group"] == pipe.arm_body["consumerGroup"]
    assert source["offset"] == {"strategy": "from_beginning"}
    assert (destination["table"], destination["managed_table"]) == ("my_table", False)
    assert "table_definition" not in destination


async def test_where_reading_begins_elsewhere_the_group_is_another(serve) -> None:
    begin = {"offset": {"strategy": "from_beginning"}}
    _, _, _, made = await successor(serve, KAFKA, begin)
    assert "consumer_group" not in made.arguments["source"]


async def test_kinesis_reads_on_from_before_the_trouble(serve) -> None:
    rows = (Row("AccessDenied", 3, AT, AT + timedelta(hours=1)),)
    _, _, _, made = await successor(serve, KINESIS, log_rows=rows)
    source = made.arguments["source"]
    assert source["iterator_type"] == "AT_TIMESTAMP"
    assert source["timestamp"] == int(AT.timestamp()) - 60


@pytest.mark.parametrize("body", [S3, POSTGRES, BIGQUERY], ids=lambda body: body["name"])
async def test_what_reads_everything_again_fills_tables_of_its_own(serve, body) -> None:
    _, _, _, made = await successor(serve, body)
    tables = made.arguments["source"].get("table_mappings") or [made.arguments["destination"]]
    names = [table.get("target_table") or table["table"] for table in tables]
    assert all(name.endswith(FRESH) for name in names)
    assert "EXCHANGE TABLES" in made.advice


async def test_secrets_are_named_and_never_written_out(serve) -> None:
    _, pipe, spec, made = await successor(serve, KAFKA)
    assert made.arguments["source"]["credentials"] == {
        "username": "${env:CLICKPIPES_SECRET_MY_KAFKA_CLICKPIPE_USERNAME}",
        "password": "${env:CLICKPIPES_SECRET_MY_KAFKA_CLICKPIPE_PASSWORD}",
    }
    assert secrets_of(pipe, spec, ("credentials",)) == {
        "credentials": made.arguments["source"]["credentials"]
    }


async def test_a_queue_of_the_running_pipe_is_not_taken_from_it(serve) -> None:
    body = copy.deepcopy(S3)
    body["source"]["objectStorage"] |= {"isContinuous": True, "queueUrl": QUEUE}

    _, _, _, made = await successor(serve, body)

    assert "queue_url" not in made.arguments["source"]
    assert "cannot share queue_url" in made.advice
    assert "names sort before" in made.advice
    assert "nothing is lost" not in made.advice


async def test_a_diagnosis_offers_a_pipe_without_the_queue_of_the_other(serve) -> None:
    served = await serve()
    body = copy.deepcopy(S3)
    body["source"]["objectStorage"] |= {"isContinuous": True, "queueUrl": QUEUE}
    told = "code: 516, message: clickpipe_1: Authentication failed: password is incorrect"

    shown = facts(
        await served.call("diagnose_clickpipe", clickpipe=await served.pipe(body), error_text=told)
    )

    (create,) = [one for one in shown["next_actions"] if one["tool"] == "create_s3_clickpipe"]
    assert "queue_url" not in create["arguments"]["source"]
    assert "queue" in create["why"]


SINGLE = [(spec, name) for spec in SOURCES for name in spec.read_back.single]


@pytest.mark.parametrize(("spec", "name"), SINGLE, ids=lambda one: getattr(one, "key", one))
async def test_what_no_two_pipes_can_share_is_kept_only_by_one_that_goes_on_from_it(
    serve, spec, name
) -> None:
    served = await serve()
    (body,) = [one for one in REFERENCE_BODIES if spec.arm in one["source"]][:1]
    sent = await served.plane.by_somebody_else("GET", f"{PIPES}/{await served.pipe(body)}")
    source = sent["source"][spec.arm]
    schema = full_schema(spec.create)["properties"]["source"]["properties"]
    holder = source if name in schema else source["settings"]
    holder[to_camel(name)] = 7 if name == "server_id" else "the same"
    pipe = Pipe.model_validate(sent)
    case = Facts(pipe_id=pipe.id, arm=pipe.arm, family=spec.family, source=pipe.arm_body)

    made = recreation(pipe, spec, case, {})

    goes_on = name in position_of(case, {}).source
    assert (f"'{name}'" in str(made.arguments)) is goes_on
    assert (name in made.advice) is not goes_on


@pytest.mark.parametrize(
    ("publication", "kept"), [("shop_pub", True), ("peerflow_pub_shop", False)]
)
async def test_a_publication_is_shared_unless_it_goes_with_the_old_pipe(
    serve, publication, kept
) -> None:
    body = copy.deepcopy(POSTGRES)
    body["source"]["postgres"]["settings"]["publicationName"] = publication

    _, _, _, made = await successor(serve, body)

    assert ("publication_name" in made.arguments["source"]["settings"]) is kept
    assert ("cannot share publication_name" in made.advice) is not kept


@pytest.mark.parametrize("follows", [True, False])
async def test_a_pipe_that_goes_on_is_said_to_fill_its_table_by_name(serve, follows) -> None:
    body = copy.deepcopy(S3)
    body["source"]["objectStorage"]["isContinuous"] = follows

    _, _, _, made = await successor(serve, body)

    assert ("Let queries read those" in made.advice) is follows


async def test_what_cannot_be_shown_as_it_is_is_not_sent_again(serve) -> None:
    served, pipe, spec, _ = await successor(serve, KAFKA)
    sent = await served.plane.by_somebody_else("GET", f"{PIPES}/{pipe.id}")
    sent["source"]["kafka"]["topics"] = "or\u202eders"
    odd = Pipe.model_validate(sent)
    assert recreation(odd, spec, Facts(arm="kafka", source=odd.arm_body), {}) is None


async def test_a_wish_of_a_rule_is_part_of_the_call(serve) -> None:
    _, _, _, made = await successor(serve, KAFKA, {"exactly_once": True})
    assert made.arguments["source"]["exactly_once"] is True


async def diagnosed(serve, name, **told):
    served = await serve(simulator={"scenario": name})
    (pipe,) = await served.plane.by_somebody_else("GET", PIPES)
    result = await served.call("diagnose_clickpipe", clickpipe=pipe["id"], **told)
    return served, pipe, facts(result)


async def test_new_credentials_are_asked_for_by_name(serve, monkeypatch) -> None:
    told = SCENARIOS["postgres-password-rotated"].console
    served, _, found = await diagnosed(serve, "postgres-password-rotated", error_text=told)
    (update, *_) = found["next_actions"]
    assert update["arguments"]["source"]["credentials"].keys() == {"username", "password"}
    put_secrets(monkeypatch, update["arguments"])

    result = await served.call(update["tool"], dry_run=True, **update["arguments"])

    assert not result.is_error, said(result)


def test_no_rule_recreates_by_deleting_alone():
    silent = [
        rule.id
        for rule in RULES
        for step in rule.fix
        if step.code == "delete_clickpipe" and "ecreate" in step.text
        if not any(other.code.startswith("create_") for other in rule.fix)
    ]
    assert silent == []
