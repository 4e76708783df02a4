"""The size of a pipe: what is asked for, and its rules.

Facts are those of the OpenAPI contract (ClickPipeScaling, ClickPipeScalingPatchRequest) unless a
line says otherwise.
"""

from typing import Final

from clickpipes_mcp.contract import Request, Rule
from clickpipes_mcp.field_types import between
from clickpipes_mcp.rule_words import (
    ABSENT,
    Check,
    Condition,
    RuleBook,
    gives_something,
    reject,
    satisfies,
    together,
)

MEMORY_GB_PER_CORE: Final = 4
DOCUMENTED_REPLICAS: Final = 10
"""The Terraform provider stops here; the contract allows 40."""

_API: Final = "https://clickhouse.com/docs/cloud/manage/api/swagger#tag/ClickPipes"


class ScalingRequest(Request):
    """The size of one streaming pipe; `concurrency` is deprecated and only for object storage."""

    replicas: int | None = between(1, 40, "Replicas, {range}; at most one per partition.")
    replica_cpu_millicores: int | None = between(125, 2000, "CPU of each replica, {range}.")
    replica_memory_gb: float | None = between(0.5, 8, "Memory of each, 4 per 1000 millicores.")
    concurrency: int | None = between(
        0, 34, "Deprecated; for object storage only: {range}, where 0 is automatic."
    )


def is_balanced(cpu_millicores: object, memory_gb: object) -> bool:
    """Whether memory is four times the cores; true where one of them is unset."""
    if not isinstance(cpu_millicores, int | float) or not isinstance(memory_gb, int | float):
        return True
    return memory_gb * 1000 == cpu_millicores * MEMORY_GB_PER_CORE


def memory_fits_cores() -> Check:
    """Memory is four times the cores."""
    unbalanced = Condition(
        "memory is not four times the cores",
        lambda request: (
            not is_balanced(
                getattr(request, "replica_cpu_millicores", None),
                getattr(request, "replica_memory_gb", None),
            )
        ),
    )
    return reject(
        unbalanced,
        "replica_memory_gb",
        "Memory is not 4 GiB for each core.",
        fix="Give 4 GiB for each 1000 millicores.",
    )


def at_most(name: str, limit: int, *, message: str, fix: str) -> Check:
    """A number is not above a limit that is documented, though the API may allow more."""
    return satisfies(
        name,
        lambda value: not isinstance(value, int) or value <= limit,
        message=message,
        fix=fix,
    )


_BOOK = RuleBook(
    "scaling.",
    {"replicas": 2, "replica_cpu_millicores": 500, "replica_memory_gb": 2},
    "https://clickhouse.com/docs/integrations/clickpipes/kafka/best-practices",
)

SCALING_RULES: Final[tuple[Rule[Request], ...]] = (
    _BOOK.rule(
        "not-empty",
        "A scaling request changes something.",
        gives_something("size", ScalingRequest),
        broken=dict.fromkeys(_BOOK.example, ABSENT),
    ),
    _BOOK.rule(
        "documented-size",
        "Replica sizes other than 4 GiB a core are not documented.",
        memory_fits_cores(),
        broken={"replica_memory_gb": 8},
        effect="warn",
    ),
    _BOOK.rule(
        "many-replicas",
        "The contract allows 40 replicas, the Terraform provider 10.",
        at_most(
            "replicas",
            DOCUMENTED_REPLICAS,
            message="More than 10 replicas is unusual and costs accordingly.",
            fix="Check that the source has as many partitions or shards.",
        ),
        broken={"replicas": 11},
        kept={"replicas": 10},
        effect="warn",
    ),
)
"""What holds for a pipe that exists."""

FIRST_SIZE_RULES: Final[tuple[Rule[Request], ...]] = (
    *SCALING_RULES,
    _BOOK.rule(
        "all-three",
        "A create gives replicas, CPU and memory together.",
        together(*_BOOK.example),
        broken={"replica_cpu_millicores": None, "replica_memory_gb": None},
        kept={"replica_cpu_millicores": 250, "replica_memory_gb": 1},
        documentation=_API,
        effect="warn",
    ),
)
"""What holds for the size in a create."""
