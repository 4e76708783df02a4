"""Which addresses a service's pipes connect from."""

from datetime import UTC, datetime

import pytest

from clickpipes_mcp.diagnosis import Facts, ServiceFacts
from clickpipes_mcp.diagnosis._egress import keeps_default_region


def facts(region, *created) -> Facts:
    at = datetime(*created, tzinfo=UTC) if created else None
    return Facts(service=ServiceFacts("running", "aws", region, at))


@pytest.mark.parametrize(
    ("region", "default"), [("eu-west-1", "eu-central-1"), ("us-west-2", "us-east-2")]
)
def test_a_service_older_than_its_regions_addresses_keeps_the_default(region, default):
    (seen,) = keeps_default_region(facts(region, 2025, 1, 1)) or ()
    assert seen.text.endswith(f"its pipes connect from the addresses of {default}.")


def test_a_service_from_the_day_on_has_the_regions_own():
    assert keeps_default_region(facts("eu-west-1", 2026, 1, 20)) is None
    assert keeps_default_region(facts("eu-west-1", 2026, 1, 19)) is not None


def test_nothing_is_said_without_region_or_date():
    assert keeps_default_region(facts("eu-west-1")) is None
    assert keeps_default_region(facts("us-east-1", 2020, 1, 1)) is None
    assert keeps_default_region(Facts()) is None
