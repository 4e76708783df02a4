"""Where the custom names of an endpoint lead, and where those asked for would."""

import pytest

from clickpipes_mcp.cloud import PrivateEndpoint
from clickpipes_mcp.private_endpoints import DnsMapping
from clickpipes_mcp.tools.network.dns_ways import asked_ways, present_ways

NAME = "db.example.com"


def endpoint(ways: dict[str, str], targets: tuple[str, ...] = ()) -> PrivateEndpoint:
    """An endpoint as the API tells of it, with these names and these targets listed."""
    return PrivateEndpoint.model_validate(
        {
            "id": "44444444-4444-4444-8444-444444444444",
            "customPrivateDnsMappings": [
                {"privateDnsName": name, "targetId": target} for name, target in ways.items()
            ],
            "dnsTargets": [{"id": target} for target in targets],
        }
    )


SAME = {
    "other letters": (endpoint({"DB.example.com": ""}), NAME, None),
    "a final dot": (endpoint({"DB.example.com.": ""}), NAME, None),
    "the only target left out": (endpoint({NAME: "t1"}, ("t1",)), NAME, None),
    "the only target named": (endpoint({NAME: "t1"}, ("t1",)), NAME, "t1"),
    "the only target named, which the API leaves out": (endpoint({NAME: ""}, ("t1",)), NAME, "t1"),
    "a target left out where none is listed": (endpoint({NAME: "t1"}), NAME, None),
    "one of several targets": (endpoint({NAME: "t2"}, ("t1", "t2")), NAME, "t2"),
}


@pytest.mark.parametrize(("present", "name", "target"), SAME.values(), ids=SAME)
def test_a_name_that_leads_where_it_does_is_the_same(present, name, target) -> None:
    asked = [DnsMapping(private_dns_name=name, target_id=target)]

    assert asked_ways(asked, present) == present_ways(present)


ELSEWHERE = {
    "another target": (endpoint({NAME: "t1"}, ("t1", "t2")), "t2"),
    "left to the API, which has a choice": (endpoint({NAME: "t1"}, ("t1", "t2")), None),
    "left to the API, whose names lead to several": (endpoint({NAME: "t1", "a.b.c": "t2"}), None),
}


@pytest.mark.parametrize(("present", "target"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_name_that_may_lead_elsewhere_is_not_the_same(present, target) -> None:
    asked = [DnsMapping(private_dns_name=NAME, target_id=target)]

    assert not asked_ways(asked, present) <= present_ways(present)


def test_a_new_name_leads_to_the_only_target() -> None:
    asked = [DnsMapping(private_dns_name=NAME)]

    assert asked_ways(asked, endpoint({}, ("t1",))) == {(NAME, "t1")}
