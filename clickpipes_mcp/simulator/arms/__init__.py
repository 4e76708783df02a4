"""The kinds of source the control plane takes, one module each."""

from collections.abc import Mapping
from typing import Final

from clickpipes_mcp.simulator.arms import (
    bigquery,
    kafka,
    kinesis,
    mongodb,
    mysql,
    object_storage,
    postgres,
    pubsub,
)
from clickpipes_mcp.simulator.arms._arm import Arm

ARMS: Final[tuple[Arm, ...]] = (
    kafka.ARM,
    object_storage.ARM,
    kinesis.ARM,
    pubsub.ARM,
    postgres.ARM,
    mysql.ARM,
    bigquery.ARM,
    mongodb.ARM,
)
BY_KEY: Final[Mapping[str, Arm]] = {arm.key: arm for arm in ARMS}

__all__ = ["ARMS", "BY_KEY", "Arm"]
