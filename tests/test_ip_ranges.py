"""Whose an address may be."""

import pytest

from clickpipes_mcp.ip_ranges import is_of_own_network, is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0",  # noqa: S104 # nothing is bound
        "224.0.0.1", "::1", "fd00::1", "fe80::1%eth0", "::ffff:10.0.0.1",
        "64:ff9b::a00:1", "2002:a00:1::", "ff02::1", "not an address",
        "192.0.0.9", "192.0.0.192", "168.63.129.16", "::ffff:168.63.129.16", "100.127.255.255",
        "192.88.99.1", "64:ff9b::808:808", "64:ff9b:1::a00:1", "::10.0.0.1", "::8.8.8.8",
        "::ffff:0:10.0.0.1", "fec0::1", "5f00::1", "2001::1", "2002:808:808::1",
    ],
)  # fmt: skip
def test_an_address_that_may_be_private_is_not_public(address) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_a_public_address_is_public(address) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "172.31.0.1", "192.168.1.1", "::1", "fd12::1", "::ffff:10.0.0.1"],
)
def test_an_address_of_a_private_network(address) -> None:
    assert is_of_own_network(address)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254", "169.254.170.2", "fe80::1%eth0", "fd00:ec2::254", "fd20:ce::254",
        "100.100.100.200", "168.63.129.16", "192.0.0.192", "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe", "0.0.0.0", "::", "224.0.0.1", "2130706433", "8.8.8.8", "",  # noqa: S104
    ],
)  # fmt: skip
def test_nobody_s_private_network_holds_metadata_or_what_is_link_local(address) -> None:
    assert not is_of_own_network(address)
