"""The size that all database pipes of a service share: what is asked for, and its rules.

Facts are those of the OpenAPI contract (ClickPipesCdcScalingPatchRequest) unless a line says
otherwise.
"""

from typing import Final

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.field_types import between
from clickpipes_mcp.rule_words import ABSENT, RuleBook, gives_something
from clickpipes_mcp.scaling import at_most, memory_fits_cores

DOCUMENTED_MILLICORES: Final = 24_000


class CdcScalingRequest(Request):
    """The size that all database pipes of a service share."""

    replica_cpu_millicores: int | None = between(
        1000, 32_000, "{range} in steps of 1000; above 24000 is unproven.", step=1000
    )
    replica_memory_gb: float | None = between(
        4, 128, "{range}: exactly 4 per 1000 millicores.", step=4
    )


_BOOK = RuleBook(
    "cdc-scaling.",
    {"replica_cpu_millicores": 2000, "replica_memory_gb": 8},
    "https://clickhouse.com/docs/integrations/clickpipes/postgres/scaling",
)

CDC_SCALING_RULES: Final[tuple[Rule[Request], ...]] = (
    _BOOK.rule(
        "not-empty",
        "A CDC scaling request changes something.",
        gives_something("size", CdcScalingRequest),
        broken=dict.fromkeys(_BOOK.example, ABSENT),
    ),
    _BOOK.rule(
        "memory-per-core",
        "CDC memory is exactly 4 GiB a core.",
        memory_fits_cores(),
        broken={"replica_memory_gb": 16},
    ),
    _BOOK.rule(
        "documented-maximum",
        "The contract allows 32 cores, the documentation and the Terraform provider 24.",
        at_most(
            "replica_cpu_millicores",
            DOCUMENTED_MILLICORES,
            message="Above 24000 millicores sources disagree on what is allowed.",
            fix="Give at most 24000 millicores and 96 GiB.",
        ),
        broken={"replica_cpu_millicores": 32_000, "replica_memory_gb": 128},
        kept={"replica_cpu_millicores": 24_000, "replica_memory_gb": 96},
        effect="warn",
    ),
)
