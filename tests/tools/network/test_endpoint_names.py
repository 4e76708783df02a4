"""Changing the custom DNS names of reverse private endpoints."""

import json

import pytest

from tests.serving import POSTGRES, Served, error, facts, said
from tests.tools.network.endpoints import (
    ENDPOINTS,
    MSK,
    ON,
    PSC,
    VPC,
    dns,
    endpoint,
    resource_with,
    with_source,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def served(serve) -> Served:
    return await serve(**ON)


async def test_dns_names_are_replaced(serve, era) -> None:
    served = await serve(era=era, **ON)
    made = await endpoint(served, PSC)

    changed = facts(
        await served.call(
            "update_private_endpoint",
            endpoint=made["id"],
            custom_private_dns_mappings=dns("db.example.com", "new.example.com"),
        )
    )

    assert [(w.method, w.path, w.body) for w in served.plane.writes] == [
        (
            "PATCH",
            f"{ENDPOINTS}/{made['id']}",
            {
                "customPrivateDnsMappings": [
                    {"privateDnsName": "db.example.com"},
                    {"privateDnsName": "new.example.com"},
                ]
            },
        )
    ]
    assert changed["summary"] == (
        "Changed the DNS names of “orders database”: adds new.example.com; "
        "removes *.eu.example.com; keeps db.example.com."
    )
    assert changed["next_actions"][0]["tool"] == "get_private_endpoint"


async def test_an_empty_list_clears_the_names(served) -> None:
    made = await endpoint(served, PSC)

    changed = facts(
        await served.call(
            "update_private_endpoint", endpoint=made["id"], customPrivateDnsMappings=[]
        )
    )

    assert served.plane.writes[0].body == {"customPrivateDnsMappings": []}
    assert any("private-endpoint.psc-needs-dns" in warning for warning in changed["warnings"])


async def test_names_that_are_as_wanted_are_not_sent(served) -> None:
    made = await endpoint(served, PSC)

    changed = facts(
        await served.call(
            "update_private_endpoint",
            endpoint=made["id"],
            custom_private_dns_mappings=json.dumps(dns("*.eu.example.com", "db.example.com")),
        )
    )

    assert "nothing was sent" in changed["summary"]
    assert served.plane.writes == []


AS_THEY_ARE = {
    "in other letters": (PSC, dns("DB.example.com", "*.EU.example.com")),
    "without the target they lead to": (
        resource_with({"db.example.com": "rcfg-11111111111111111"}),
        dns("DB.example.com"),
    ),
}


@pytest.mark.parametrize(("body", "names"), AS_THEY_ARE.values(), ids=AS_THEY_ARE)
async def test_used_names_written_otherwise_are_the_same_and_ask_nobody(
    served, body, names
) -> None:
    made = await endpoint(served, body)
    await served.pipe(with_source(POSTGRES, "uses it", host="db.example.com"))

    changed = facts(
        await served.call(
            "update_private_endpoint", endpoint=made["id"], custom_private_dns_mappings=names
        )
    )

    assert "nothing was sent" in changed["summary"]
    assert served.plane.writes == []


async def test_names_written_otherwise_are_kept_beside_a_new_one(served) -> None:
    made = await endpoint(served, PSC)

    changed = facts(
        await served.call(
            "update_private_endpoint",
            endpoint=made["id"],
            custom_private_dns_mappings=dns("DB.example.com", "*.EU.example.com", "new.corp.com"),
        )
    )

    assert changed["summary"] == (
        "Changed the DNS names of “orders database”: adds new.corp.com; "
        "keeps *.eu.example.com, db.example.com."
    )


async def test_a_dry_run_warns_of_pipes_that_lose_their_name_and_asks_nobody(served) -> None:
    made = await endpoint(served, PSC)
    await served.pipe(with_source(POSTGRES, "loses", host="db.example.com"))
    await served.pipe(with_source(POSTGRES, "keeps", host="a.eu.example.com"))

    changed = facts(
        await served.call(
            "update_private_endpoint",
            endpoint=made["id"],
            custom_private_dns_mappings=dns("*.eu.example.com"),
            dry_run=True,
        )
    )

    (warning,) = (one for one in changed["warnings"] if "loses" in one)
    assert any("asks a person first" in one for one in changed["warnings"])
    assert "loses (" in warning
    assert "keeps (" not in warning


async def test_a_dry_run_of_an_update_shows_the_change_and_sends_nothing(served) -> None:
    made = await endpoint(served, PSC)

    plan = facts(
        await served.call(
            "update_private_endpoint",
            endpoint=made["id"],
            custom_private_dns_mappings=dns("db.example.com"),
            dry_run=True,
        )
    )

    assert plan["request"] == {
        "method": "PATCH",
        "path": f"{ENDPOINTS}/{made['id']}",
        "body": {"customPrivateDnsMappings": [{"privateDnsName": "db.example.com"}]},
    }
    assert "removes *.eu.example.com" in plan["summary"]
    assert served.plane.writes == []


WRONG_NAMES = {
    "not on MSK": (MSK, dns("db.example.com"), "dns-not-for-msk"),
    "no target on an attachment": (
        PSC,
        [{"private_dns_name": "db.example.com", "target_id": "rcfg-1"}],
        "dns-target",
    ),
    "reserved": (PSC, dns("db.internal"), "dns-reserved-suffix"),
    "no name": (PSC, dns("db"), "dns-name"),
    "twice": (PSC, dns("db.example.com", "db.example.com"), "dns-unique"),
    "taken": (PSC, dns("taken.example.org"), "dns-unique"),
}


@pytest.mark.parametrize(("body", "names", "rule"), WRONG_NAMES.values(), ids=WRONG_NAMES)
async def test_wrong_names_are_refused_by_rule(served, body, names, rule) -> None:
    taken = {"customPrivateDnsMappings": [{"privateDnsName": "*.example.org"}]}
    await endpoint(served, VPC | taken)
    made = await endpoint(served, body)

    refusal = error(
        await served.call(
            "update_private_endpoint", endpoint=made["id"], custom_private_dns_mappings=names
        )
    )

    assert [problem["rule"] for problem in refusal["problems"]] == [f"private-endpoint.{rule}"]
    assert refusal["problems"][0]["fix"]
    assert served.plane.writes == []


async def test_an_endpoint_may_keep_its_own_names(served) -> None:
    made = await endpoint(served, PSC)

    changed = await served.call(
        "update_private_endpoint",
        endpoint=made["id"],
        custom_private_dns_mappings=dns("db.example.com"),
    )

    assert not changed.is_error, said(changed)
