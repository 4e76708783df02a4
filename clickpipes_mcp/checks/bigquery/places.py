"""Where the files of an export may go, by the location of the dataset and of the bucket.

Source: Google's documentation, Export table data to Cloud Storage; jobs fail with "Cannot read and
write in different locations". Of places that are not known here nothing is said.
"""

import re
from collections.abc import Mapping
from typing import Final

_ANYWHERE: Final = "US"
"""Datasets of this multi-region are exported to any bucket."""

_MULTI_REGIONS: Final[Mapping[str, str]] = {
    "US": "US",
    "NAM4": "US",
    "EU": "EUROPE",
    "EUR4": "EUROPE",
    "EUR5": "EUROPE",
    "EUR7": "EUROPE",
    "EUR8": "EUROPE",
    "ASIA": "ASIA",
    "ASIA1": "ASIA",
}
_REGION: Final = re.compile(r"([A-Z]{1,20})-[A-Z]{1,20}\d{1,3}")


def can_export(dataset: str, bucket: str) -> bool:
    """Whether a table of a location can be exported to a bucket of another, as far as is known."""
    if not (dataset and bucket) or dataset in (_ANYWHERE, bucket):
        return True
    if _REGION.fullmatch(dataset) and _REGION.fullmatch(bucket):
        return False
    one, other = _continent(dataset), _continent(bucket)
    return not (one and other) or one == other


def _continent(place: str) -> str:
    region = _REGION.fullmatch(place)
    return _MULTI_REGIONS.get(place) or (region.group(1) if region else "")
