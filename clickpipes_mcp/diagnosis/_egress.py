"""Which region's addresses ClickPipes connects from, for a service of some region and age.

Source: ClickPipes documentation, static addresses. A service that is older than its region's
own addresses keeps those of the default region.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Final

from clickpipes_mcp.diagnosis._facts import Facts
from clickpipes_mcp.diagnosis._rule import Evidence, Where

DEFAULT_EU: Final = "eu-central-1"
DEFAULT_ELSEWHERE: Final = "us-east-2"
REGION_SINCE: Final[Mapping[str, date]] = {
    "us-west-2": date(2025, 6, 24),
    "ap-south-1": date(2025, 6, 25),
    "ap-southeast-2": date(2025, 6, 25),
    "ap-northeast-2": date(2025, 11, 14),
    "eu-west-1": date(2026, 1, 20),
    "ap-southeast-3": date(2026, 3, 6),
    "ap-southeast-1": date(2026, 3, 18),
    "af-south-1": date(2026, 4, 15),
    "ap-east-1": date(2026, 4, 15),
    "ap-northeast-1": date(2026, 4, 15),
    "ca-central-1": date(2026, 4, 15),
    "eu-north-1": date(2026, 4, 15),
    "eu-west-2": date(2026, 4, 15),
    "il-central-1": date(2026, 4, 15),
    "sa-east-1": date(2026, 4, 15),
    "mx-central-1": date(2026, 5, 19),
}
"""AWS regions with addresses of their own, and since when."""


def keeps_default_region(facts: Facts) -> tuple[Evidence, ...] | None:
    """The service is known to be older than its region's own addresses."""
    service = facts.service
    since = REGION_SINCE.get(service.region)
    if since is None or service.created_at is None:
        return None
    if service.created_at >= datetime.combine(since, time(), UTC):
        return None
    default = DEFAULT_EU if service.region.startswith("eu-") else DEFAULT_ELSEWHERE
    text = (
        f"The service in {service.region} was created before {since.isoformat()}, so its pipes "
        f"connect from the addresses of {default}."
    )
    return (Evidence(Where.SERVICE, text),)
