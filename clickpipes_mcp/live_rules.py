"""Rules of an update that are held against the pipe as it is, not against the request alone."""

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True)
class LiveRule:
    """One such rule; the tool that updates pipes applies it and refuses the call."""

    id: str
    summary: str
    concerns: str
    effect: Literal["refuse"] = "refuse"
    documentation: str = "https://clickhouse.com/docs/cloud/manage/api/swagger"


TABLE_IS_MAPPED: Final = LiveRule(
    "update.table-is-mapped",
    "A source table that the pipe already maps cannot be mapped again, nor can its mapping change.",
    "all databases",
)
REMOVAL_NAMES_THE_MAPPING: Final = LiveRule(
    "update.removal-names-the-mapping",
    "A table mapping to remove names the target table that the mapping has now.",
    "all databases",
)
MAPPINGS_NEED_COLUMNS: Final = LiveRule(
    "update.mappings-need-columns",
    "Field mappings of an object storage pipe are sent together with all destination columns.",
    "object storage",
)
LIVE_RULES: Final = (TABLE_IS_MAPPED, REMOVAL_NAMES_THE_MAPPING, MAPPINGS_NEED_COLUMNS)
