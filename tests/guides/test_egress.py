"""Which addresses the pipes of a service connect from."""

from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from clickpipes_mcp.diagnosis import REGION_SINCE, ServiceFacts
from clickpipes_mcp.guides.egress import AWS, GOOGLE, egress_of

OLD, NEW = datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 8, 1, tzinfo=UTC)


def region_of(provider, region, created_at=None) -> str:
    return egress_of(ServiceFacts("running", provider, region, created_at)).region


@pytest.mark.parametrize(
    ("provider", "region", "created_at", "expected"),
    [
        ("aws", "us-east-1", OLD, "us-east-1"),
        ("aws", "us-west-2", OLD, "us-east-2"),
        ("aws", "us-west-2", NEW, "us-west-2"),
        ("aws", "eu-west-1", OLD, "eu-central-1"),
        ("aws", "eu-west-3", NEW, "eu-central-1"),
        ("aws", "us-gov-east-1", NEW, "us-east-2"),
        ("gcp", "us-central1", NEW, "us-central1"),
        ("gcp", "europe-west1", NEW, "eu-central-1"),
        ("azure", "westeurope", NEW, "eu-central-1"),
        ("azure", "germanywestcentral", NEW, "eu-central-1"),
        ("azure", "eastus2", NEW, "us-east-2"),
    ],
)
def test_region_and_age_decide(provider, region, created_at, expected) -> None:
    assert region_of(provider, region, created_at) == expected


@pytest.mark.parametrize(
    ("provider", "region", "created_at"),
    [("aws", "us-west-2", None), ("gcp", "us-central1", OLD), ("gcp", "us-central1", None)],
)
def test_both_are_told_where_it_cannot_be_known(provider, region, created_at) -> None:
    found = egress_of(ServiceFacts("running", provider, region, created_at))

    assert (found.region, found.instead) == (region, "us-east-2")
    assert found.since is not None


@pytest.mark.parametrize("addresses", [*AWS.values(), *GOOGLE.values()])
def test_addresses_are_public_and_different(addresses) -> None:
    assert len(set(addresses)) == len(addresses) >= 5
    assert all(ip_address(address).is_global for address in addresses)


def test_every_region_with_a_date_has_addresses() -> None:
    assert REGION_SINCE.keys() <= AWS.keys()
