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

# In the order in which a world is filled: streams and databases in turn.
ARMS: Final[tuple[Arm, ...]] = (
    kafka.ARM,
    postgres.ARM,
    object_storage.ARM,
    mysql.ARM,
    kinesis.ARM,
    mongodb.ARM,
    bigquery.ARM,
    pubsub.ARM,
)
BY_KEY: Final[Mapping[str, Arm]] = {arm.key: arm for arm in ARMS}

__all__ = ["ARMS", "BY_KEY", "Arm"]
