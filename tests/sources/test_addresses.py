"""The hosts of a pipe, as its configuration names them."""

import pytest

from clickpipes_mcp.source_facts import Address
from clickpipes_mcp.sources import SOURCES, source_named

WEB = "https://r.example.com:8081/x"


@pytest.mark.parametrize(
    ("key", "configuration", "expected"),
    [
        (
            "kafka",
            {"brokers": "a.example.com:9092, b.example.com:9093"},
            [Address("a.example.com", 9092), Address("b.example.com", 9093, begins_with_tls=True)],
        ),
        (
            "kafka",
            {"brokers": "no-port,[2001:db8::1]:9094", "schemaRegistry": {"url": WEB}},
            [
                Address("no-port"),
                Address("2001:db8::1", 9094, begins_with_tls=True),
                Address("r.example.com", 8081, begins_with_tls=True, field="schema_registry.url"),
            ],
        ),
        ("postgres", {"host": "db.example.com", "port": 5432}, [Address("db.example.com", 5432)]),
        ("mysql", {"host": "[2001:db8::1]"}, [Address("2001:db8::1")]),
        (
            "mongodb",
            {"uri": "mongodb://[secret]@a.example.com,b.example.com:1/x?y=@c"},
            [Address("a.example.com", 27017), Address("b.example.com", 1)],
        ),
        ("mongodb", {"uri": "mongodb+srv://c.example.com/x"}, [Address("c.example.com")]),
        (
            "s3",
            {"url": "https://bucket.example.com/x"},
            [Address("bucket.example.com", 443, begins_with_tls=True)],
        ),
        ("s3", {"url": "https://[broken"}, []),
        ("gcs", {"url": "gs://bucket/x"}, []),
        ("azure_blob", {"azureContainerName": "events", "path": "x"}, []),
    ],
)
def test_the_addresses_are_those_of_the_configuration(key, configuration, expected):
    assert list(source_named(key).addresses(configuration)) == expected


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.key)
@pytest.mark.parametrize("strange", [{}, None, 3, [], ["x"]], ids=str)
def test_a_strange_configuration_names_no_address(source, strange):
    names = ("brokers", "schemaRegistry", "host", "url", "uri")
    assert list(source.addresses(dict.fromkeys(names, strange))) == []
