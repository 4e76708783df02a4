import pytest

from clickpipes_mcp.cloud.truth import digest, store_key
from clickpipes_mcp.settings import load_settings

KEY = b"an invented key"


def test_a_digest_tells_nothing_to_who_lacks_the_key():
    assert digest({"uri": "mongodb://u:p@h"}, KEY) != digest({"uri": "mongodb://u:p@h"}, b"other")


def test_processes_with_one_api_key_share_the_key_of_the_store():
    one = {"CLICKHOUSE_CLOUD_API_KEY": "an id", "CLICKHOUSE_CLOUD_API_SECRET": "invented"}
    other = {**one, "CLICKHOUSE_CLOUD_API_SECRET": "another"}
    keys = [store_key(load_settings(environ)) for environ in (one, one, other)]
    assert keys[0] == keys[1] != keys[2]


def test_the_order_the_api_does_not_keep_does_not_count():
    one = {"tableMappings": [{"t": "a", "excludedColumns": ["x", "y"]}, {"t": "b"}]}
    other = {"tableMappings": [{"t": "b"}, {"excludedColumns": ["y", "x"], "t": "a"}]}
    assert digest(one, KEY) == digest(other, KEY)


@pytest.mark.parametrize("name", ["excludedColumns", "reversePrivateEndpointIds", "roles"])
def test_the_order_of_names_that_are_a_set_does_not_count(name):
    assert digest({name: ["a", "b"]}, KEY) == digest({name: ["b", "a"]}, KEY)


def test_the_order_of_a_key_counts():
    assert digest({"sortingKey": ["a", "b"]}, KEY) != digest({"sortingKey": ["b", "a"]}, KEY)
