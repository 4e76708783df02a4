"""Reaching for a source's addresses, and for no others."""

import socket

import anyio
import pytest
from anyio.abc import SocketAttribute

from clickpipes_mcp.source_facts import Address
from clickpipes_mcp.tools.insight.probes import NO_DNS, NO_SUCH_HOST, probe, way_around
from tests.serving import facts

pytestmark = pytest.mark.anyio


async def test_a_private_address_is_reached_only_where_the_operator_allows_it() -> None:
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
        port = listener.extra(SocketAttribute.local_port)  # noqa: S610 # of anyio
        here = [Address("127.0.0.1", port)]

        (kept_away,) = await probe(here, allow_private=False)
        (allowed,) = await probe(here, allow_private=True)

    assert (kept_away.dns, kept_away.tls) == ("private address", "")
    assert allowed.tcp == "open"


async def test_a_closed_port_is_told_apart() -> None:
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener:
        port = listener.extra(SocketAttribute.local_port)  # noqa: S610 # of anyio

    (result,) = await probe([Address("127.0.0.1", port)], allow_private=True)

    assert result.tcp == "refused"


async def test_a_name_that_does_not_exist_is_told_as_a_pipe_would() -> None:
    (result,) = await probe([Address("nowhere.invalid", 5432)], allow_private=False)

    assert result.told == "lookup nowhere.invalid:5432: no such host"


async def test_only_a_few_addresses_are_reached_for() -> None:
    brokers = [Address(f"127.0.0.{number}", 9092) for number in range(1, 20)]

    assert len(await probe(brokers, allow_private=False)) == 4


@pytest.mark.parametrize(
    "address",
    [
        Address("a b; rm", 1),
        Address("db.example.com"),
        Address("db.example.com", 0),
        Address("db.example.com", 70_000),
    ],
    ids=str,
)
async def test_what_is_no_address_is_not_reached_for(address) -> None:
    assert await probe([address], allow_private=True) == []


@pytest.mark.parametrize(
    ("errno", "shown"), [(socket.EAI_NONAME, NO_SUCH_HOST), (socket.EAI_AGAIN, NO_DNS)]
)
async def test_a_resolver_in_trouble_says_nothing_of_the_name(monkeypatch, errno, shown) -> None:
    def fail(*_: object, **__: object) -> None:
        raise socket.gaierror(errno, "as the resolver says")

    monkeypatch.setattr(socket, "getaddrinfo", fail)

    (result,) = await probe([Address("broker.test", 9092)], allow_private=False)

    assert (result.dns, bool(result.told)) == (shown, shown is NO_SUCH_HOST)


def test_the_way_of_a_pipe_is_known_by_its_configuration() -> None:
    assert way_around({"host": "db.test"}, "endpoints", has_endpoint=False) == ""
    assert way_around({"endpoints": ["id"]}, "endpoints", has_endpoint=False) != ""
    assert way_around({"host": "db.test"}, "", has_endpoint=True) != ""
    assert way_around({"sshKeyResourceId": "id"}, "", has_endpoint=False) != ""


@pytest.mark.parametrize("name", ["private-endpoint-pending", "tunnel-refused"])
async def test_nothing_is_probed_that_the_pipe_reaches_another_way(serve, name) -> None:
    served = await serve(simulator={"scenario": name})
    (pipe,) = await served.pipes()

    found = facts(await served.call("diagnose_clickpipe", clickpipe=pipe, probe=True))

    assert found["probes"] == []
    assert any(reason.startswith("probes: not tried") for reason in found["not_seen"])
