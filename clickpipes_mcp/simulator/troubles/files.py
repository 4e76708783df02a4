"""Troubles of pipes that read object storage.

Source: ClickPipes documentation, object storage pages (order of keys, queues, size limit, access).
"""

from collections.abc import Mapping
from typing import Final

from clickpipes_mcp.simulator.lifecycle import path
from clickpipes_mcp.simulator.troubles._trouble import Record, Trouble

_FILES: Final = ("objectStorage",)

TROUBLES: Final[Mapping[str, Trouble]] = {
    "access-denied": Trouble(
        "object-storage.access-denied",
        _FILES,
        path(("Running", 60.0), "Failed"),
        "failed to access https://simulated-exports.s3.us-east-1.amazonaws.com/orders/: "
        "AccessDenied: the role is not authorized to perform s3:ListBucket",
        says_per_s=0.1,
        fetches=0.0,
        sends=0.0,
        latency_ms=60_000,
        demand_millicores=1,
    ),
    # No error is told: a new key that does not sort after the last one is not looked at.
    "new-files-ignored": Trouble(
        "object-storage.new-files-ignored",
        _FILES,
        path("Running"),
        fetches=0.0,
        sends=0.0,
        demand_millicores=2,
    ),
    "queue-shared": Trouble(
        "object-storage.queue-loses-files",
        _FILES,
        path("Running"),
        fetches=0.5,
        sends=0.5,
        source={
            "queueUrl": "https://sqs.us-east-1.amazonaws.com/000000000000/simulated-events",
            "skipInitialLoad": True,
        },
    ),
    "file-too-large": Trouble(
        "object-storage.file-too-large",
        _FILES,
        path("Running"),
        record=Record(
            "FILE_TOO_LARGE",
            "file orders/2026-01-01.parquet is larger than 10 GB and was skipped",
            "orders/2026-01-01.parquet",
        ),
        records_per_s=0.01,
        sends=0.9,
    ),
}
