"""PostgreSQL and its managed forms."""

from collections.abc import Iterator
from typing import Final

from clickpipes_mcp.simulator.arms._arm import Arm
from clickpipes_mcp.simulator.arms._database import (
    CDC_DEFAULTS,
    EXAMPLE_MAPPING,
    login_rules,
    replication,
    shown_mappings,
    sorting_rules,
    with_settings,
)
from clickpipes_mcp.simulator.contract.postgres import SCHEMAS
from clickpipes_mcp.simulator.documents import (
    Document,
    JsonObject,
    as_object,
    child,
    is_given,
    items,
    text,
)


def _rules(source: Document) -> Iterator[str]:
    settings = child(source, "settings")
    yield from login_rules(source)
    if is_given(settings, "replicationSlotName"):
        if text(settings, "replicationMode") != "cdc_only":
            yield 'replicationSlotName is only valid for "cdc_only" replication mode'
        if settings.get("enableFailoverSlots"):
            yield "enableFailoverSlots cannot be combined with replicationSlotName"
    yield from sorting_rules(source)


def _patch_rules(patch: Document) -> Iterator[str]:
    # The authentication of a Postgres pipe cannot be patched (Terraform provider issue 643).
    if text(patch, "authentication") == "IAM_ROLE" or is_given(patch, "iamRole"):
        yield "password is required for basic authentication"


def _prepare(source: JsonObject) -> JsonObject:
    basics: JsonObject = {
        "type": "postgres",
        "authentication": "basic",
        "disableTls": False,
        "skipCertVerification": False,
    }
    return with_settings(
        {**basics, **source},
        {**CDC_DEFAULTS, "publicationName": "", "replicationSlotName": ""},
    )


def _show(source: JsonObject) -> JsonObject:
    # Source: Terraform provider, what it finds blank or missing when it reads a pipe back.
    blank: JsonObject = {"tlsHost": "", "caCertificate": "", "iamRole": ""}
    settings = {
        key: value
        for key, value in as_object(source.get("settings")).items()
        if key not in ("enableFailoverSlots", "deleteOnMerge")
    }
    mappings = [{"partitionKey": "", **item} for item in items(source, "tableMappings")]
    return shown_mappings({**blank, **source, "settings": settings, "tableMappings": mappings})


ARM: Final = Arm(
    schemas=SCHEMAS,
    label="Postgres",
    family=replication,
    addresses=("host", "database", "iamRole"),
    secrets=(("credentials",),),
    rules=_rules,
    patch_rules=_patch_rules,
    prepare=_prepare,
    show=_show,
    example={
        "type": "rdspostgres",
        "host": "orders.postgres.simulated.example",
        "port": 5432,
        "database": "shop",
        "tableMappings": [EXAMPLE_MAPPING],
    },
    retains_changes=True,
    database=True,
    resyncable=True,
    mapping_names=("sourceSchemaName", "sourceTable"),
)  # fmt: skip
