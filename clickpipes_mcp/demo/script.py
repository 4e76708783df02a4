"""The conversation itself, as data.

The request bodies are those of the ClickPipes OpenAPI reference page, with references in the place
of their secrets; the access key ids are replaced too, because they look real. A source that the
page has none of is created by its own example.
"""

from collections.abc import Iterator, Mapping
from importlib import resources
from typing import TypeAlias

from pydantic import JsonValue, TypeAdapter

from clickpipes_mcp.contract import SourceSpec
from clickpipes_mcp.demo.private_pages import answered_on_pages
from clickpipes_mcp.demo.steps import ANY_ERROR, Chapter, Expected, Fact, Reply, Step
from clickpipes_mcp.simulator import BASTION_KEY_ID
from clickpipes_mcp.sources import SOURCES

Body: TypeAlias = dict[str, JsonValue]

KAFKA = "My Kafka ClickPipe"
KINESIS = "My Kinesis ClickPipe"
POSTGRES = "My Postgres CDC ClickPipe"
RENAMED = "Clickstream"
INVOICES = "Invoices"
WAREHOUSE = "warehouse bastion"
DENIED = "kinesis-access-denied"
_DENIED_PIPE = {"clickpipe": "kinesis-orders-1"}
_UP = frozenset({"Running", "Completed"})
_COLUMNS: list[JsonValue] = [
    {"name": "id", "type": "UInt64"},
    {"name": "message", "type": "String"},
    {"name": "received_at", "type": "DateTime"},
]
_BIGGER: Mapping[str, JsonValue] = {"replica_cpu_millicores": 4000, "replica_memory_gb": 16}
_SETTLES_S = 120.0
"""Longer than anything takes to show in the simulated world, which is compressed."""


def bodies() -> dict[str, Body]:
    """A create body for every source, by the source's key: the documented one, or its example."""
    text = resources.files("clickpipes_mcp.demo").joinpath("bodies.json").read_text("utf-8")
    documented = TypeAdapter(dict[str, Body]).validate_json(text)
    return {spec.key: documented.get(spec.key) or _exemplary(spec) for spec in SOURCES}


def _exemplary(spec: SourceSpec) -> Body:
    body = TypeAdapter(Body).validate_python(dict(spec.example))
    return body | {"name": f"My {spec.title} ClickPipe"}


def chapters() -> tuple[Chapter, ...]:
    """The whole conversation."""
    pasted = bodies()
    return (
        Chapter("A pipe from every source", tuple(_creating(pasted))),
        Chapter("Looking and tuning", TUNING),
        Chapter("Nobody agrees, nothing happens", UNCONFIRMED),
        Chapter("A person agrees, and it happens", (*CONFIRMED, _how_many(len(pasted) - 1))),
        Chapter("A client that cannot ask", answered_on_pages(pasted["kafka"])),
        Chapter("From a symptom to the fix", TROUBLED),
        Chapter("A source behind a bastion", _tunnelled(pasted["postgres"])),
        Chapter("What was said, as a file", WRITTEN_DOWN),
    )


def _creating(pasted: Mapping[str, Body]) -> Iterator[Step]:
    yield Step(
        "list_clickpipes",
        person=f"I have data in {len(SOURCES)} places. Bring it all into ClickHouse, please.",
        assistant="First I look at what is there.",
        expected=Expected(facts={"matching": 0}),
    )
    yield MISTAKEN
    yield Step(
        "create_kafka_clickpipe",
        {**pasted["kafka"], "dry_run": True},
        assistant="Better. What would be sent?",
        expected=Expected(mentions=("nothing was sent",)),
        shown=("effects", "costs"),
    )
    for spec in SOURCES:
        body = pasted[spec.key]
        yield Step(
            f"create_{spec.key}_clickpipe",
            body,
            assistant=f"{spec.title}, with a documented request body. Its secret stands in a file.",
            expected=Expected(facts={"clickpipe.name": body["name"]}),
            shown=("- source",),
        )
        yield _until({"clickpipe": body["name"]}, _UP)
    yield _how_many(len(pasted))


def _tunnelled(documented: Body) -> tuple[Step, ...]:
    """A pipe through a bastion that is known, and a key for another one."""
    source = documented["source"]
    server = source["postgres"] if isinstance(source, dict) else None
    inner = server if isinstance(server, dict) else {}
    there: Body = {
        **inner,
        "host": "10.0.0.5",
        "sshKeyResourceId": BASTION_KEY_ID,
        "credentials": {"username": "invoices", "password": "${file:invoices_password}"},
    }
    pipe: Body = {**documented, "name": INVOICES, "source": {"postgres": there}}
    return (
        Step(
            "list_network_paths",
            person="The invoices stand in a database that only our bastion reaches.",
            expected=Expected(mentions=(BASTION_KEY_ID, "active")),
            shown=("*",),
        ),
        Step(
            "create_postgres_clickpipe",
            pipe,
            assistant="Its key is active: the pipe goes through it.",
            expected=Expected(facts={"clickpipe.name": INVOICES}),
        ),
        _until({"clickpipe": INVOICES}, "Running"),
        Step(
            "create_ssh_key",
            {"name": WAREHOUSE, "host": "bastion.example.com", "username": "clickpipes"},
            person="The warehouse has a bastion of its own.",
            assistant="I make a key for it. No secret passes through here.",
            expected=Expected(facts={"ssh_key.status": "pending"}, mentions=("authorized_keys",)),
            shown=("authorized_keys",),
        ),
        Step(
            "validate_ssh_key",
            {"ssh_key": WAREHOUSE},
            person="The line stands on the bastion.",
            expected=Expected(facts={"ssh_key.status": "active"}),
            proves="Pipes can go through it.",
        ),
    )


def _until(arguments: Mapping[str, JsonValue], states: Fact, *, proves: str = "") -> Step:
    return Step(
        "wait_for_clickpipe",
        arguments,
        expected=Expected(facts={"done": True, "state": states}),
        proves=proves,
    )


def _how_many(count: int) -> Step:
    return Step(
        "list_clickpipes",
        assistant="What is there now?",
        expected=Expected(facts={"matching": count}),
        shown=("*",),
    )


def _is_still_running(name: str) -> Step:
    return Step(
        "get_clickpipe",
        {"clickpipe": name},
        assistant="Did anything happen to it?",
        expected=Expected(facts={"name": name, "state": "Running"}),
        proves="Nothing happened: it is still Running.",
    )


MISTAKEN = Step(
    "create_kafka_clickpipe",
    {
        "name": KAFKA,
        "source": {
            "kafka": {
                "type": "confluentt",
                "format": "JSONEachRow",
                "brokers": "broker.example.com:9092",
                "topic": "my_topic",
            }
        },
        "destination": {"table": "my_table", "managedTable": True},
    },
    assistant="Kafka first. My first try has mistakes in it.",
    expected=Expected(error="invalid_arguments", mentions=("Did you mean confluent?",)),
    shown=("- ",),
)

TUNING = (
    Step(
        "get_clickpipe_settings",
        {"clickpipe": KAFKA},
        person="The Kafka topic is busy: give it more room and shorter batches.",
        expected=Expected(facts={"settings.streaming_max_insert_wait_ms": 5000}),
        shown=("settings",),
    ),
    Step(
        "scale_clickpipe",
        {
            "clickpipe": KAFKA,
            "replicas": 2,
            "replica_cpu_millicores": 500,
            "replica_memory_gb": 2,
        },
    ),
    Step(
        "get_clickpipe",
        {"clickpipe": KAFKA},
        expected=Expected(
            facts={"scaling.replicas": 2, "scaling.replica_cpu_millicores": 500},
            patience_s=_SETTLES_S,
        ),
        shown=("scaling",),
    ),
    Step(
        "update_clickpipe_settings",
        {"clickpipe": KAFKA, "settings": {"streaming_max_insert_wait_ms": 1000}},
    ),
    Step(
        "get_clickpipe_settings",
        {"clickpipe": KAFKA},
        expected=Expected(facts={"settings.streaming_max_insert_wait_ms": 1000}),
        shown=("settings",),
    ),
    Step(
        "update_clickpipe",
        {"clickpipe": KINESIS, "name": RENAMED, "destination": {"columns": _COLUMNS}},
        person=f"Call the Kinesis one “{RENAMED}”, and add a column received_at.",
        expected=Expected(facts={"clickpipe.name": RENAMED}),
    ),
    Step(
        "get_clickpipe",
        {"clickpipe": RENAMED},
        expected=Expected(facts={"name": RENAMED, "destination.columns": _COLUMNS}),
        shown=("name", "destination"),
    ),
    Step(
        "get_cdc_scaling",
        person="And the databases? They share their resources, don't they?",
        expected=Expected(facts={"scaling.replica_cpu_millicores": 2000}),
        shown=("replica",),
    ),
    Step("update_cdc_scaling", _BIGGER),
    Step(
        "get_cdc_scaling",
        assistant="It takes minutes to show; simulated time is compressed.",
        expected=Expected(
            facts={f"scaling.{key}": value for key, value in _BIGGER.items()},
            patience_s=_SETTLES_S,
        ),
        shown=("replica",),
    ),
)

UNCONFIRMED = (
    Step(
        "stop_clickpipe",
        {"clickpipe": POSTGRES},
        person="Maybe we should stop the Postgres pipe?",
        reply=Reply("declines", "decline"),
        expected=Expected(error="consent_denied"),
    ),
    Step(
        "stop_clickpipe",
        {"clickpipe": POSTGRES},
        assistant="A client that accepts every form by itself does not get further.",
        reply=Reply("accepts, without choosing anything", "accept"),
        expected=Expected(error=ANY_ERROR),
    ),
    _is_still_running(POSTGRES),
    Step(
        "delete_clickpipe",
        {"clickpipe": KAFKA},
        person="Clean up the Kafka things.",
        reply=Reply("types “Kafka” and accepts", "accept", {"name": "Kafka"}),
        expected=Expected(error="consent_denied"),
    ),
    Step(
        "delete_clickpipe",
        {"clickpipe": KAFKA},
        assistant="Another assistant tries, whose client cannot ask a person.",
        expected=Expected(error="consent_required"),
        is_unattended=True,
    ),
    Step(
        "stop_clickpipe",
        {"clickpipe": POSTGRES},
        expected=Expected(error="consent_required"),
        is_unattended=True,
    ),
    _is_still_running(KAFKA),
    _is_still_running(POSTGRES),
)

CONFIRMED = (
    Step(
        "stop_clickpipe",
        {"clickpipe": POSTGRES},
        person="Yes, do stop the Postgres pipe.",
        reply=Reply("chooses “stop it”", "accept", {"choice": "stop it"}),
    ),
    _until({"clickpipe": POSTGRES, "until": "stopped"}, "Paused", proves="It is stopped."),
    Step(
        "start_clickpipe",
        {"clickpipe": POSTGRES},
        person="And start it again. Starting needs no question.",
    ),
    _until({"clickpipe": POSTGRES}, "Running"),
    Step(
        "delete_clickpipe",
        {"clickpipe": KAFKA},
        person="The Kafka pipe can really go.",
        reply=Reply(f"types “{KAFKA}” and accepts", "accept", {"name": KAFKA}),
    ),
    _until({"clickpipe": KAFKA, "until": "deleted"}, "deleted"),
    Step(
        "get_clickpipe",
        {"clickpipe": KAFKA},
        assistant="Is it gone?",
        expected=Expected(error="unknown_clickpipe"),
        proves="It is deleted.",
    ),
)

WRITTEN_DOWN = (
    Step(
        "export_clickpipe",
        {"format": "yaml"},
        person="Can all of that live in our repository?",
        assistant="It is written down, with variables in the place of secrets.",
        expected=Expected(facts={"file": "clickpipes.yaml"}),
    ),
    Step(
        "plan_clickpipes",
        takes={"content": "content"},
        assistant="That file, held against what runs:",
        expected=Expected(mentions=("Nothing to do",), patience_s=_SETTLES_S),
        proves="The file says what runs.",
    ),
    Step(
        "update_clickpipe",
        {"clickpipe": POSTGRES, "name": "Orders"},
        person="Call the Postgres pipe Orders.",
    ),
    Step(
        "undo_last_change",
        person="No, leave it as it was.",
        expected=Expected(mentions=("1 done",)),
    ),
)

TROUBLED = (
    Step(
        "wait_for_clickpipe",
        _DENIED_PIPE,
        person="In another service the click stream has stopped. Why?",
        assistant="Waiting for it shows that it failed.",
        expected=Expected(facts={"done": False, "state": "Failed"}),
        shown=("cause",),
        scenario=DENIED,
    ),
    Step(
        "diagnose_clickpipe",
        _DENIED_PIPE,
        assistant="One call looks at everything that can be seen.",
        expected=Expected(mentions=("kinesis.access-denied", "kinesis:GetRecords")),
        shown=("*",),
        scenario=DENIED,
    ),
    Step(
        "get_source_guide",
        {"source": "kinesis"},
        assistant="What does the role need, exactly?",
        expected=Expected(mentions=("kinesis:GetRecords",)),
        scenario=DENIED,
    ),
    Step(
        "start_clickpipe",
        _DENIED_PIPE,
        person="The role was missing those. I gave them back.",
        scenario=DENIED,
    ),
    Step(
        "wait_for_clickpipe",
        _DENIED_PIPE,
        expected=Expected(facts={"done": True, "state": "Running"}),
        proves="It ingests again.",
        scenario=DENIED,
    ),
)
