"""How hosts are compared where a secret may go to one and not to another."""

import pytest

from clickpipes_mcp.host_names import (
    are_of_one_cluster,
    host_name,
    is_host_pattern,
    matches_host,
)

MSK = "orders.a1b2c3.c2.kafka.us-east-1.amazonaws.com"


@pytest.mark.parametrize("text", ["DB.Example.com", "db.example.com.", " db.example.com "])
def test_a_host_has_one_spelling(text):
    assert host_name(text) == "db.example.com"


def test_an_address_loses_its_brackets():
    assert host_name("[2001:DB8::1]") == "2001:db8::1"


@pytest.mark.parametrize(
    ("pattern", "host", "is_meant"),
    [
        ("db.example.com", "db.example.com", True),
        ("db.example.com", "xdb.example.com", False),
        ("db.example.com", "db.example.com.evil.example", False),
        ("*.example.com", "db.example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", True),
        ("*.example.com", "evilexample.com", False),
        ("10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.11", False),
    ],
)
def test_a_pattern_names_hosts(pattern, host, is_meant):
    assert matches_host(pattern, host) is is_meant


@pytest.mark.parametrize("text", ["db", "db.example.com", "*.example.com", "10.0.0.1", "::1"])
def test_these_are_patterns(text):
    assert is_host_pattern(text)


@pytest.mark.parametrize(
    "text", ["", "*", "*.", "db.*.com", "https://db", "db:5432", "a b", "db..com", "*example.com"]
)
def test_these_are_none(text):
    assert not is_host_pattern(text)


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("kafka-1.corp.example", "kafka-2.corp.example", True),
        ("kafka1.corp.example", "kafka12.corp.example", True),
        (f"b-1.{MSK}", f"b-3.{MSK}", True),
        (f"b-1.{MSK}", f"b-1.{MSK.replace('a1b2c3', 'd4e5f6')}", False),
        ("kafka-1.corp.example", "kafka-2.other.example", False),
        ("kafka-1.corp.example", "orders-2.corp.example", False),
        ("kafka-1.corp.example", "kafka-1234.corp.example", False),
        ("kafka.corp.example", "kafka-2.corp.example", False),
        ("kafka-1.example", "kafka-2.example", False),
        ("kafka1", "kafka2", False),
        ("10.0.0.1", "10.0.0.2", False),
        ("pkc-1.us-east-1.aws.confluent.cloud", "pkc-2.us-east-1.aws.confluent.cloud", False),
        ("shop1.servicebus.windows.net", "shop2.servicebus.windows.net", False),
        ("kafka-1.shop.aivencloud.com", "kafka-2.shop.aivencloud.com", False),
        ("ec2-1.compute-1.amazonaws.com", "ec2-2.compute-1.amazonaws.com", False),
    ],
)
def test_brokers_of_one_cluster_differ_in_a_number_where_no_stranger_has_a_name(one, other, is_one):
    assert are_of_one_cluster(one, other) is is_one
    assert are_of_one_cluster(other, one) is is_one
    assert are_of_one_cluster(one, one)
