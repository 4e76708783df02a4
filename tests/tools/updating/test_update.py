"""Changing pipes in place, and refusing what would need a new one."""

import copy
import json
from typing import Any

import pytest

from clickpipes_mcp.simulator import Fault
from clickpipes_mcp.sources import SOURCES
from tests.examples import BODY_OF
from tests.serving import (
    BIGQUERY,
    GCS,
    KAFKA,
    MONGODB,
    PIPES,
    POSTGRES,
    REFERENCE_BODIES,
    S3,
    SERVICE,
    Arrived,
    answering,
    error,
    facts,
    said,
    telling,
)

pytestmark = pytest.mark.anyio

LOGIN = {"username": "reader", "password": "example"}

COLUMNS = [{"name": "id", "type": "UInt64"}, {"name": "note", "type": "String"}]
FAILING_SETTINGS = (Fault("status", method="PUT", status=500),)
ADDED = {"sourceSchemaName": "public", "sourceTable": "items", "targetTable": "public_items"}


async def sent_by(served, body: dict[str, Any], state: str = "settled", **change: Any) -> Any:
    """The body of the one patch that a change makes."""
    pipe = await served.pipe(body, state=state)
    result = await served.call("update_clickpipe", clickpipe=pipe, **change)
    assert not result.is_error, said(result)
    assert [(w.method, w.path) for w in served.plane.writes] == [("PATCH", f"{PIPES}/{pipe}")]
    return served.plane.writes[0].body


async def refused(served, body: dict[str, Any], **change: Any) -> dict[str, Any]:
    """The refusal of a change that makes no write."""
    pipe = await served.pipe(body)
    refusal = error(await served.call("update_clickpipe", clickpipe=pipe, **change))
    assert served.plane.writes == []
    return refusal


@pytest.mark.parametrize("body", REFERENCE_BODIES, ids=lambda body: body["name"])
async def test_every_pipe_is_renamed_with_nothing_but_its_name(serve, body) -> None:
    served = await serve()

    assert await sent_by(served, body, name="another name") == {"name": "another name"}


async def test_what_is_left_out_is_not_sent(serve) -> None:
    served = await serve()
    credentials = {"username": "reader", "password": "example-password"}

    body = await sent_by(served, KAFKA, source={"credentials": credentials})

    assert body == {"source": {"kafka": {"credentials": credentials}}}


async def test_a_documented_patch_is_accepted_as_it_is(serve) -> None:
    served = await serve(consent="dangerously-off")
    patch = {"source": {"postgres": {"host": "db.example.com", "tlsHost": "db.example.com"}}}

    assert await sent_by(served, POSTGRES, state="stopped", **patch) == patch


async def test_columns_of_a_stream_change_through_the_destination(serve) -> None:
    served = await serve(consent="dangerously-off")

    body = await sent_by(served, KAFKA, destination={"columns": COLUMNS})

    assert body == {"destination": {"columns": COLUMNS}}


async def test_mappings_of_files_bring_the_columns_in_force(serve) -> None:
    served = await serve(consent="dangerously-off")
    mapping = {"sourceField": "id", "destinationField": "id"}

    body = await sent_by(served, S3, field_mappings=[mapping])

    assert body == {
        "destination": {"columns": S3["destination"]["columns"]},
        "fieldMappings": [mapping],
    }


@pytest.mark.parametrize(
    "change",
    [
        {"destination": {"table": "other"}},
        {"destination": {"managed_table": True, "columns": COLUMNS}},
        {"destination": {"roles": ["reader"]}},
    ],
    ids=str,
)
async def test_the_destination_table_cannot_change(serve, change) -> None:
    served = await serve()

    refusal = await refused(served, KAFKA, **change)

    assert refusal["problems"][0]["problem"] == "cannot be changed after creation"


async def test_a_destination_without_columns_is_refused(serve) -> None:
    served = await serve()

    refusal = await refused(served, KAFKA, destination={})

    assert refusal["problems"][0]["field"] == "destination.columns"


async def test_settings_go_to_their_own_endpoint_after_the_rest(serve) -> None:
    served = await serve()
    pipe = await served.pipe(S3)
    settings = {"object_storage_max_file_count": 50}

    changed = facts(
        await served.call("update_clickpipe", clickpipe=pipe, name="new", settings=settings)
    )

    assert [(w.method, w.path, w.body) for w in served.plane.writes] == [
        ("PATCH", f"{PIPES}/{pipe}", {"name": "new"}),
        ("PUT", f"{PIPES}/{pipe}/settings", settings),
    ]
    assert [row["step"] for row in changed["steps"]] == ["update", "settings"]
    assert "warnings" not in changed
    assert [action["tool"] for action in changed["next_actions"]] == ["get_clickpipe"]


async def test_settings_that_were_changed_on_a_stopped_pipe_are_not_asked_for_again(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA, state="stopped")
    settings = {"streaming_max_insert_wait_ms": 600}

    changed = facts(await served.call("update_clickpipe", clickpipe=pipe, settings=settings))

    assert "warnings" not in changed
    assert [action["tool"] for action in changed["next_actions"]] == ["get_clickpipe"]


async def test_settings_alone_are_not_sent_to_the_pipe(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    await served.call(
        "update_clickpipe", clickpipe=pipe, settings={"streaming_max_insert_wait_ms": 600}
    )

    assert [write.method for write in served.plane.writes] == ["PUT"]


async def test_settings_of_a_database_pipe_are_pointed_to_its_source(serve) -> None:
    served = await serve()

    refusal = await refused(served, POSTGRES, settings={"sync_interval_seconds": 30})

    assert refusal["problems"][0]["allowed"] == ["source.settings"]
    assert refusal["problems"][0]["rule"] == "settings.not-for-databases"


async def test_when_the_settings_fail_the_answer_says_what_took_effect(serve) -> None:
    served = await serve(simulator={"faults": FAILING_SETTINGS})
    pipe = await served.pipe(S3)
    settings = {"object_storage_max_file_count": 50}

    failure = error(
        await served.call("update_clickpipe", clickpipe=pipe, name="new", settings=settings)
    )

    assert "update: done; settings: failed" in failure["problem"]
    assert failure["next_actions"][0]["tool"] == "update_clickpipe_settings"
    assert failure["next_actions"][0]["arguments"]["settings"] == settings


async def test_a_removed_table_is_named_by_its_identifiers_alone(serve) -> None:
    served = await serve(consent="dangerously-off")
    removed = {**ADDED, "tableEngine": "ReplacingMergeTree", "partitionKey": "id"}

    body = await sent_by(
        served, POSTGRES, "stopped", source={"table_mappings_to_remove": [removed]}
    )

    assert body == {"source": {"postgres": {"tableMappingsToRemove": [ADDED]}}}


async def test_a_table_that_is_not_mapped_is_warned_of_when_removed(serve) -> None:
    served = await serve(consent="dangerously-off")
    pipe = await served.pipe(POSTGRES, state="stopped")

    changed = facts(
        await served.call(
            "update_clickpipe", clickpipe=pipe, source={"table_mappings_to_remove": [ADDED]}
        )
    )

    assert "does not map this table" in changed["warnings"][0]


async def test_a_table_that_is_mapped_already_is_not_added_again(serve) -> None:
    served = await serve()
    mapped = POSTGRES["source"]["postgres"]["tableMappings"][0]

    refusal = await refused(
        served, POSTGRES, source={"table_mappings_to_add": [mapped | {"targetTable": "other"}]}
    )

    assert refusal["problems"][0]["rule"] == "update.table-is-mapped"
    assert "second update" in refusal["problems"][0]["fix"]


async def test_adding_and_removing_one_table_at_once_is_refused_with_the_recipe(serve) -> None:
    served = await serve()

    refusal = await refused(
        served,
        POSTGRES,
        source={"table_mappings_to_add": [ADDED], "table_mappings_to_remove": [ADDED]},
    )

    assert refusal["problems"][0]["rule"] == "database.tables-stay-apart"
    assert "Remove it first" in refusal["problems"][0]["fix"]


@pytest.mark.parametrize("count", [6, 60])
async def test_a_person_sees_the_whole_of_a_new_place_or_is_not_asked(serve, count) -> None:
    served = await serve()
    hosts = [f"h{number}.{'x' * 60}.example.net" for number in range(count)] + ["evil.example"]
    change = {"uri": f"mongodb://{','.join(hosts)}/", "credentials": LOGIN}

    refusal = await refused(served, MONGODB, source=change)

    if count == 60:
        assert refusal["problems"][0]["field"] == "source.uri"
        assert "can be shown" in refusal["problems"][0]["problem"]
    else:
        assert refusal["code"] == "consent_required"
        assert all(host in refusal["problem"] for host in hosts)


async def test_a_new_mongodb_address_needs_its_credentials(serve) -> None:
    served = await serve()

    refusal = await refused(served, MONGODB, source={"uri": "mongodb+srv://other.example.net/shop"})

    assert refusal["problems"][0]["rule"] == "mongodb.new-uri-needs-credentials"


async def test_an_unchanged_address_is_not_sent_again(serve) -> None:
    served = await serve()
    uri = MONGODB["source"]["mongodb"]["uri"]
    change = {"uri": uri, "readPreference": "nearest"}

    body = await sent_by(served, MONGODB, "stopped", source={"mongodb": change})

    assert body == {"source": {"mongodb": {"readPreference": "nearest"}}}


async def test_nothing_but_an_unchanged_address_sends_nothing(serve) -> None:
    served = await serve()
    pipe = await served.pipe(MONGODB)

    same = facts(
        await served.call(
            "update_clickpipe",
            clickpipe=pipe,
            source={"uri": MONGODB["source"]["mongodb"]["uri"]},
        )
    )

    assert "already" in same["summary"]
    assert served.plane.writes == []


async def test_a_flag_pasted_beside_the_source_is_sent(serve) -> None:
    served = await serve()
    pasted = {"kafka": {"credentials": LOGIN}, "validateSamples": True}

    body = await sent_by(served, KAFKA, source=pasted)

    assert body == {"source": {**pasted}}


async def test_what_is_pasted_beside_the_source_and_unknown_is_refused(serve) -> None:
    served = await serve()

    refusal = await refused(served, KAFKA, source={"kafka": {"iamRole": "x"}, "mysql": {}})

    assert refusal["problems"][0]["field"] == "source.mysql"


@pytest.mark.parametrize(
    "change", [{"destination": {"columns": COLUMNS}}, {"field_mappings": []}], ids=str
)
async def test_a_database_pipe_has_no_destination_to_change(serve, change) -> None:
    served = await serve()

    refusal = await refused(served, POSTGRES, **change)

    assert "table_mappings" in refusal["problems"][0]["problem"]


async def test_the_source_of_a_bigquery_pipe_cannot_change(serve) -> None:
    served = await serve()

    refusal = await refused(served, BIGQUERY, source={"credentials": {}})

    assert refusal["code"] == "conflict"
    assert "BigQuery" in refusal["problem"]
    assert "create it anew" in refusal["fix"]


async def test_a_call_without_a_change_is_refused(serve) -> None:
    served = await serve()

    refusal = await refused(served, KAFKA)

    assert refusal["problems"][0]["problem"] == "nothing to change was given"


FIXED = [(spec, field) for spec in SOURCES for field in spec.immutable if spec.update is not None]


@pytest.mark.parametrize(("spec", "field"), FIXED, ids=lambda part: getattr(part, "key", part))
async def test_what_is_fixed_at_creation_says_why(serve, spec, field) -> None:
    served = await serve()
    source: Any = "anything"
    for name in reversed(field.split(".")):
        source = {name: source}

    refusal = await refused(served, BODY_OF[spec.key], source=source)

    problem = next(p for p in refusal["problems"] if p["field"] == f"source.{field}")
    assert problem["problem"] == "cannot be changed after creation"
    assert problem["fix"] == spec.immutable[field]


async def test_an_unknown_source_field_names_the_nearest(serve) -> None:
    served = await serve()

    refusal = await refused(served, KAFKA, source={"iamRol": "arn"})

    assert refusal["problems"][0]["field"] == "source.iamRol"
    assert "iam_role" in refusal["problems"][0]["fix"]


@pytest.mark.parametrize("direction", ["table_mappings_to_add", "table_mappings_to_remove"])
async def test_table_changes_need_a_paused_pipe_and_say_how(serve, direction) -> None:
    served = await serve()

    refusal = await refused(served, POSTGRES, source={direction: [ADDED]})

    assert refusal["code"] == "conflict"
    assert "it is Running" in refusal["problem"]
    assert [action["tool"] for action in refusal["next_actions"]] == [
        "update_clickpipe",
        "stop_clickpipe",
    ]
    assert refusal["next_actions"][0]["arguments"]["pause_if_needed"] is True
    assert {action["arguments"]["service"] for action in refusal["next_actions"]} == {SERVICE}


async def test_tables_are_added_to_a_paused_pipe_without_asking(serve, era) -> None:
    async def nobody(_):
        raise AssertionError

    served = await serve(era=era, person=nobody)

    body = await sent_by(served, POSTGRES, "stopped", source={"table_mappings_to_add": [ADDED]})

    assert body == {"source": {"postgres": {"tableMappingsToAdd": [ADDED]}}}


async def test_adding_and_removing_in_one_call_asks(serve, era) -> None:
    served = await serve(era=era, person=answering("decline"))
    pipe = await served.pipe(POSTGRES, state="stopped")
    present = POSTGRES["source"]["postgres"]["tableMappings"]

    refusal = error(
        await served.call(
            "update_clickpipe",
            clickpipe=pipe,
            source={"table_mappings_to_add": [ADDED], "table_mappings_to_remove": present},
        )
    )

    assert refusal["code"] == "consent_denied"
    assert served.plane.writes == []


async def test_the_answer_says_that_a_database_pipe_may_resume(serve) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES, state="stopped")

    changed = facts(
        await served.call(
            "update_clickpipe", clickpipe=pipe, source={"table_mappings_to_add": [ADDED]}
        )
    )

    assert "may resume" in changed["warnings"][-1]


async def test_files_of_one_kind_take_the_update_of_their_kind(serve) -> None:
    served = await serve()
    key = {"serviceAccountKey": "eyJleGFtcGxlIjogdHJ1ZX0="}

    body = await sent_by(served, GCS, source=key)

    assert body == {"source": {"objectStorage": key}}


async def test_a_warning_is_given_once(serve) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA)

    changed = facts(
        await served.call("update_clickpipe", clickpipe=pipe, source={"authentication": "PLAIN"})
    )

    rule = "kafka.update-authentication-with-credentials"
    (warning,) = changed["warnings"]
    assert warning.startswith("source.credentials.username and 1 more place: ")
    assert warning.endswith(f"({rule})")


KEYED = ADDED | {"tableEngine": "ReplacingMergeTree", "sortingKeys": ["id"]}
KEYED["useCustomSortingKey"] = True


@pytest.mark.parametrize("dry_run", [True, False], ids=["dry run", "call"])
async def test_an_added_table_with_a_sorting_key_is_warned_of(serve, dry_run) -> None:
    served = await serve()
    pipe = await served.pipe(POSTGRES, state="stopped")

    changed = facts(
        await served.call(
            "update_clickpipe",
            clickpipe=pipe,
            source={"tableMappingsToAdd": [KEYED]},
            dry_run=dry_run,
        )
    )

    assert any("custom-key-in-replica-identity" in warning for warning in changed["warnings"])


async def test_a_table_that_is_only_copied_needs_no_replica_identity(serve) -> None:
    served = await serve()
    body = copy.deepcopy(POSTGRES)
    body["source"]["postgres"]["settings"] = {"replicationMode": "snapshot"}
    pipe = await served.pipe(body)

    result = await served.call(
        "update_clickpipe", clickpipe=pipe, source={"tableMappingsToAdd": [KEYED]}, dry_run=True
    )

    assert "replica-identity" not in said(result)


@pytest.mark.parametrize("body", [KAFKA, S3], ids=lambda body: body["name"])
async def test_samples_are_validated_by_the_call_as_the_dry_run_shows(serve, body) -> None:
    served = await serve()
    pipe = await served.pipe(body)

    change = {"clickpipe": pipe, "validate_samples": True}
    shown = facts(await served.call("update_clickpipe", **change, dry_run=True))
    await served.call("update_clickpipe", **change)

    assert [write.body for write in served.plane.writes] == [shown["request"]["body"]]
    assert shown["request"]["body"] == {"source": {"validateSamples": True}}


BEHIND_A_MASK = {
    "the host": (
        "mongodb://h1.example.com:27017/shop@corp",
        "mongodb://h2.example.com:27017/shop@corp",
    ),
    "a secret parameter": (
        "mongodb://h/?authMechanismProperties=TOKEN:a",
        "mongodb://h/?authMechanismProperties=TOKEN:b",
    ),
    "what cannot be seen": ("mongodb://h\u200b.example.com/", "mongodb://h.example.com/"),
}


@pytest.mark.parametrize(("held", "wanted"), BEHIND_A_MASK.values(), ids=BEHIND_A_MASK)
async def test_a_change_that_a_mask_hides_is_a_change(serve, held, wanted) -> None:
    served = await serve()
    pipe = await served.pipe(MONGODB)
    served.plane.retell = telling({"mongodb": {"uri": held}})
    credentials = {"username": "reader", "password": "example-password"}

    def changing(uri: str) -> dict[str, Any]:
        return {"clickpipe": pipe, "source": {"uri": uri, "credentials": credentials}}

    planned = facts(await served.call("update_clickpipe", **changing(wanted), dry_run=True))
    same = facts(await served.call("update_clickpipe", **changing(held), dry_run=True))

    verdicts = {row["field"]: row["verdict"] for row in planned["changes"]}
    assert verdicts["source.uri"] == "in place"
    assert {r["field"]: r["verdict"] for r in same["changes"]}["source.uri"] == "unchanged"
    assert "TOKEN:a" not in str(planned)


async def test_columns_that_are_sent_along_are_those_the_pipe_has(serve) -> None:
    """Not as they are shown: cleaned, cut or masked."""
    served = await serve(consent="dangerously-off")
    pipe = await served.pipe(GCS)
    columns = [{"name": "a\u200bb", "type": "String"}, {"name": f"{'c' * 3000}", "type": "String"}]

    def retell(_: Arrived, answered: bytes) -> bytes:
        document = json.loads(answered)
        result = document.get("result")
        for one in result if isinstance(result, list) else [result]:
            if "destination" in one:
                one["destination"]["columns"] = columns
        return json.dumps(document).encode()

    served.plane.retell = retell
    mappings = [{"source_field": "x", "destination_field": "y"}]
    await served.call("update_clickpipe", clickpipe=pipe, field_mappings=mappings)

    assert served.plane.writes[0].body["destination"]["columns"] == columns
