"""MySQL and MariaDB."""

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
from clickpipes_mcp.simulator.contract.mysql import SCHEMAS
from clickpipes_mcp.simulator.documents import Document, JsonObject, child, text

_GTID_ONLY: Final = frozenset({"mariadb", "rdsmariadb"})


def _rules(source: Document) -> Iterator[str]:
    yield from login_rules(source)
    mechanism = text(child(source, "settings"), "replicationMechanism")
    if mechanism == "FILE_POS" and text(source, "type") in _GTID_ONLY:
        yield f"{text(source, 'type')} does not support FILE_POS replication mechanism"
    yield from sorting_rules(source)


def _prepare(source: JsonObject) -> JsonObject:
    basics: JsonObject = {
        "type": "mysql",
        "authentication": "basic",
        "disableTls": False,
        "skipCertVerification": False,
    }
    return with_settings({**basics, **source}, {**CDC_DEFAULTS, "replicationMechanism": "GTID"})


ARM: Final = Arm(
    schemas=SCHEMAS,
    label="MySQL",
    family=replication,
    addresses=("host", "iamRole"),
    secrets=(("credentials",),),
    rules=_rules,
    prepare=_prepare,
    show=shown_mappings,
    example={
        "host": "billing.mysql.simulated.example",
        "port": 3306,
        "settings": {"replicationMode": "cdc"},
        "tableMappings": [EXAMPLE_MAPPING],
    },
    database=True,
    resyncable=True,
    mapping_names=("sourceSchemaName", "sourceTable"),
)  # fmt: skip
