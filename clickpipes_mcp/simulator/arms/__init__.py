"""The kinds of source that the control plane takes, and the requests that name them."""

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
from clickpipes_mcp.simulator.contract.pipes import create_schema, discovery_schema, update_schema

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

_SCHEMAS: Final = tuple(arm.schemas for arm in ARMS)
CREATE: Final = create_schema(_SCHEMAS)
UPDATE: Final = update_schema(_SCHEMAS)
DISCOVERY: Final = discovery_schema(_SCHEMAS)

__all__ = ["ARMS", "BY_KEY", "CREATE", "DISCOVERY", "UPDATE", "Arm"]
