"""Who learns the secrets of a source's configuration."""

import pytest

from clickpipes_mcp.source_facts import Recipient
from clickpipes_mcp.sources import SOURCES

BY_KEY = {spec.key: spec for spec in SOURCES}


@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
def test_every_source_knows_who_learns_the_secrets_of_its_example(spec):
    source = spec.create.model_validate(spec.example).body()["source"]
    assert isinstance(source, dict)
    recipients = spec.recipients_of(source)
    assert recipients
    assert all(one.host and " " not in one.host for one in recipients)


@pytest.mark.parametrize(
    ("key", "url", "host"),
    [
        ("s3", "https://bucket.s3.us-east-1.amazonaws.com/a/*.json", "amazonaws.com"),
        ("s3", "https://s3-us-west-2.amazonaws.com/bucket/a", "amazonaws.com"),
        ("s3", "https://b.s3.dualstack.eu-west-1.amazonaws.com/a", "amazonaws.com"),
        ("s3", "https://bucket.s3.amazonaws.com/a", "amazonaws.com"),
        ("s3", "https://b.s3-accesspoint.us-east-1.amazonaws.com/a", "amazonaws.com"),
        ("s3", "https://bucket.nyc3.digitaloceanspaces.com/a", "digitaloceanspaces.com"),
        ("s3", "https://minio.corp.example/bucket", "minio.corp.example"),
        ("s3", "https://s3.us-east-1.elb.amazonaws.com/a", "s3.us-east-1.elb.amazonaws.com"),
        ("s3", "https://s3.amazonaws.com.evil.example/a", "s3.amazonaws.com.evil.example"),
        ("s3", "https://evil-s3.us-east-1.amazonaws.com/", "evil-s3.us-east-1.amazonaws.com"),
        (
            "s3",
            "https://x.execute-api.us-east-1.amazonaws.com/",
            "x.execute-api.us-east-1.amazonaws.com",
        ),
        ("gcs", "https://storage.googleapis.com/bucket/a", "googleapis.com"),
        ("gcs", "https://bucket.storage.googleapis.com/a", "googleapis.com"),
        (
            "gcs",
            "https://storage.googleapis.com.evil.example/a",
            "storage.googleapis.com.evil.example",
        ),
    ],
)
def test_a_provider_is_one_recipient_and_a_host_that_looks_like_it_is_another(key, url, host):
    assert BY_KEY[key].recipients_of({"url": url}) == (Recipient(host),)


@pytest.mark.parametrize(
    ("key", "url", "kind", "told"),
    [
        ("gcs", "gs://bucket/a", "gcs", (Recipient("googleapis.com"),)),
        ("s3", "s3://bucket/a", "s3", (Recipient("amazonaws.com"),)),
        ("s3", "s3://bucket/a", "dospaces", ()),
        ("gcs", "s3://bucket/a", "gcs", ()),
        ("gcs", "gs://", "gcs", ()),
    ],
)
def test_a_bucket_without_a_host_is_its_providers_where_the_type_says_so(key, url, kind, told):
    assert BY_KEY[key].recipients_of({"url": url, "type": kind}) == told


def test_the_registry_learns_its_own_credentials_and_the_brokers_theirs():
    configuration = {
        "brokers": "b-1.example:9092, b-2.example:9092",
        "schemaRegistry": {"url": "https://registry.example/"},
    }
    assert BY_KEY["kafka"].recipients_of(configuration) == (
        Recipient("b-1.example", is_member=True),
        Recipient("b-2.example", is_member=True),
        Recipient("registry.example", "schemaRegistry"),
    )


def test_every_member_that_a_connection_string_names_learns_the_login():
    configuration = {"uri": "mongodb://one.example:27017,two.example/?replicaSet=x@y"}
    hosts = [one.host for one in BY_KEY["mongodb"].recipients_of(configuration)]
    assert hosts == ["one.example", "two.example"]
