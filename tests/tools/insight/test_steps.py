"""Steps against a cause: possible for the pipe, as its provider has them, with its names."""

import re
from dataclasses import replace

import pytest

from clickpipes_mcp.contract import Family
from clickpipes_mcp.diagnosis import ADVICE, RULES, Facts, Finding, Provider, Step, StepKind
from clickpipes_mcp.source_facts import Compute
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.insight.probes import PRIVATE_ENDPOINT
from clickpipes_mcp.tools.insight.steps import (
    case_of,
    changed_fields,
    fitting,
    has_field,
    steps_for,
)
from tests.walking import walked

FIELDLESS = {"edit.must-be-paused"}
"""Rules whose update is the one that the reader was about to make."""

RULE = {rule.id: rule for rule in RULES}
CREATES = {f"create_{spec.key}_clickpipe": spec for spec in SOURCES}
CALLING = [rule for rule in RULES if any(s.kind is StepKind.TOOL_CALL for s in rule.fix)]


def facts_of(spec, **known) -> Facts:
    kind = spec.types[0] if spec.types else ""
    return Facts(**({"arm": spec.arm, "family": spec.family, "source_type": kind} | known))


def found(rule) -> Finding:
    return Finding(rule, (), rule.confidence)


def steps(rule_id, facts, told="", way="") -> list[Step]:
    return steps_for(found(RULE[rule_id]), case_of(facts, told, way))


def codes(*given, **named) -> list[str]:
    return [step.code for step in steps(*given, **named)]


def possible(step, spec) -> bool:
    """Whether a pipe of that source can be called so, told from the source alone."""
    if step.code == "update_clickpipe":
        fields = changed_fields(step)
        return spec.update is not None and (
            not fields
            or any(has_field(spec.update, field) for field in fields)
            or (fields == ("field_mappings",) and spec.family is not Family.DATABASE)
        )
    made = CREATES.get(step.code)
    return {
        "resync_clickpipe": spec.resyncable,
        "update_clickpipe_settings": spec.settings is not None,
        "scale_clickpipe": spec.family is not Family.DATABASE
        and (spec.charges is None or spec.charges.compute is not Compute.SIZED_ONCE),
        "get_cdc_scaling": spec.family is Family.DATABASE,
        "update_cdc_scaling": spec.family is Family.DATABASE,
    }.get(step.code, made is None or made is spec or made.arm != spec.arm)


@walked(CALLING, lambda rule: rule.id)
def test_every_step_of_a_rule_is_possible_for_every_source_it_concerns(rule):
    for spec in SOURCES:
        facts = facts_of(spec)
        if rule.concerns(facts):
            advised = steps_for(found(rule), case_of(facts))
            assert advised, spec.key
            assert [one.text for one in advised if not possible(one, spec)] == [], spec.key


def test_every_update_says_what_it_has_to_be_able_to_change():
    silent = {
        entry.id
        for entry in (*RULES, *ADVICE)
        for step in entry.fix
        if step.code == "update_clickpipe" and not changed_fields(step)
    }
    assert silent == FIELDLESS


def test_every_field_that_an_update_is_to_change_is_one_of_a_source():
    named = {field for rule in RULES for step in rule.fix for field in step.changes}
    known = {
        field
        for spec in SOURCES
        for field in named
        if has_field(spec.create.model_fields["source"].annotation, field)
        or (spec.update and has_field(spec.update, field))
    }
    assert named - known <= {"field_mappings"}


def test_brokers_are_not_to_be_updated():
    kafka, mysql = (spec for spec in SOURCES if spec.key in ("kafka", "mysql"))
    assert "update_clickpipe" not in codes("network.refused", facts_of(kafka))
    assert "create_kafka_clickpipe" in codes("network.refused", facts_of(kafka))
    assert "update_clickpipe" in codes("network.refused", facts_of(mysql))


def test_a_source_that_no_update_changes_gets_none():
    (bigquery,) = (spec for spec in SOURCES if spec.key == "bigquery")
    for rule in RULES:
        if rule.concerns(facts_of(bigquery)):
            advised = steps_for(found(rule), case_of(facts_of(bigquery)))
            assert "update_clickpipe" not in [step.code for step in advised], rule.id


DATABASE = Facts(arm="postgres", family=Family.DATABASE, source_type="postgres")


def hosted(host) -> Facts:
    return replace(DATABASE, source={"host": host, "port": 5432})


@pytest.mark.parametrize(
    ("host", "form"),
    [
        ("db.test", "ALTER SYSTEM SET max_slot_wal_keep_size"),
        ("x.abc.eu-west-1.rds.amazonaws.com", "modify-db-parameter-group"),
        ("x.cluster-abc.eu-west-1.rds.amazonaws.com", "modify-db-cluster-parameter-group"),
        ("x.postgres.database.azure.com", "az postgres flexible-server parameter set"),
        ("db.ref.supabase.co", "postgres-config update"),
        ("x.horizon.psdb.cloud", "max_slot_wal_keep_size = 200GB"),
    ],
)
def test_a_setting_is_set_as_the_provider_lets_it_be_set(host, form):
    (setting,) = (
        code for code in codes("postgres.slot-invalid", hosted(host)) if "keep_size" in code
    )
    assert form in setting


def test_a_type_tells_the_provider_without_a_telling_host():
    of_type = replace(hosted("10.0.0.1"), source_type="cloudsqlpostgres")
    assert "gcloud sql instances patch" in str(codes("postgres.slot-invalid", of_type))


@pytest.mark.parametrize("provider", Provider)
def test_only_steps_of_the_provider_are_advised(provider):
    of_type = {"Amazon RDS": "rdspostgres", "Neon": "neon"}.get(provider, "postgres")
    facts = replace(hosted("db.test"), source_type=of_type)
    for rule in RULES:
        if rule.concerns(facts):
            case = case_of(facts)
            advised = steps_for(found(rule), case)
            strangers = [s for s in advised if s.providers and case.provider not in s.providers]
            assert strangers == [] or len(strangers) == len(advised), rule.id


def test_a_start_is_advised_only_to_a_pipe_that_does_not_run():
    for state, may in (("Failed", True), ("Paused", True), ("Running", False), ("Snapshot", False)):
        advised = codes("edit.must-be-paused", replace(DATABASE, state=state))
        assert ("start_clickpipe" in advised) is may


def test_addresses_of_this_cloud_are_not_allowed_where_a_private_endpoint_is_used():
    straight = {step.kind for step in steps("network.timeout", DATABASE)}
    private = {step.kind for step in steps("network.timeout", DATABASE, way=PRIVATE_ENDPOINT)}
    assert straight - private == {StepKind.ALLOW_LIST}


def test_addresses_are_allowed_where_the_provider_keeps_them():
    for host, place in (
        ("x.abc.eu-west-1.rds.amazonaws.com", "security group"),
        ("db.ref.supabase.co", "Network restrictions"),
        ("ep-x.eu.neon.tech", "IP Allow"),
    ):
        (listed,) = (
            step.text
            for step in steps("network.timeout", hosted(host))
            if step.kind is StepKind.ALLOW_LIST
        )
        assert place in listed


def test_a_tool_of_an_optional_toolset_is_told_with_how_to_offer_it():
    told = [step.text for rule in CALLING for step in steps_for(found(rule), case_of(Facts()))]
    asking = [text for text in told if "CLICKPIPES_TOOLSETS" in text]
    planned = [s for rule in CALLING for s in rule.fix if s.code == "create_private_endpoint"]
    assert len(asking) >= len(planned) - 1 > 0


_OF_STORES = {
    "s3": r"\bGCS\b|\bAzure\b|\bgs://|OBJECT_FINALIZE",
    "gcs": r"\bAzure\b|\bs3:|\bS3\b|\bSQS\b",
    "azure_blob": r"\bs3:|\bGCS\b|\bS3\b|\bgs://|OBJECT_FINALIZE",
}
"""What no step for a pipe of one store says, since it is of another."""


def test_no_step_for_one_store_is_about_another() -> None:
    stray = []
    for spec in (one for one in SOURCES if one.key in _OF_STORES):
        case = case_of(facts_of(spec))
        for entry in (*RULES, *ADVICE):
            if entry.id.startswith("object-storage.") and entry.concerns(case.facts):
                said = [f"{one.text} {one.code}" for one in fitting(entry.fix, case)]
                stray += [
                    (spec.key, entry.id, one)
                    for one in said
                    if re.search(_OF_STORES[spec.key], one)
                ]
    assert stray == []


_MISSING = re.compile(r"does not exist|no longer (there|works)|is gone")
_MAKES = re.compile(
    r"\A(CREATE|UNDROP)\b|\A(create|resync)_|\A(Ask support|Otherwise, recreate|.*add it again)"
)


@pytest.mark.parametrize(
    "rule",
    [one for one in RULES if one.id.startswith("destination.") and _MISSING.search(one.title)],
    ids=lambda one: one.id,
)
def test_what_is_missing_at_the_destination_can_be_made_again_for_every_source(rule):
    for spec in SOURCES:
        facts = facts_of(spec, state="Failed")
        if rule.concerns(facts):
            advised = steps_for(found(rule), case_of(facts))
            makes = [one for one in advised if _MAKES.match(one.code) or _MAKES.match(one.text)]
            assert makes, spec.key


def test_a_dropped_table_is_not_looked_for_column_by_column():
    for spec in SOURCES:
        advised = steps("destination.table-gone", facts_of(spec, state="Failed"))
        assert not any("<column>" in one.code or "SHOW" in one.code for one in advised), spec.key
