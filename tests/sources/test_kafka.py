import pytest
from pydantic import ValidationError

from clickpipes_mcp.sources import source_named
from clickpipes_mcp.sources._kafka_facts import AUTHENTICATIONS, CREDENTIALS
from clickpipes_mcp.sources._rules import ABSENT, altered

KAFKA = source_named("kafka")
PASSWORD = {"username": "reader", "password": "${env:CLICKPIPES_SECRET_KAFKA}"}
VALUES = {
    "username": "reader",
    "password": "${env:CLICKPIPES_SECRET_KAFKA}",
    "access_key_id": "example-access-key-id",
    "secret_key": "${env:CLICKPIPES_SECRET_KAFKA}",
    "connection_string": "${env:CLICKPIPES_SECRET_KAFKA}",
    "certificate": "-----BEGIN CERTIFICATE-----",
    "private_key": "${file:client-key.pem}",
}
ROLE = "arn:aws:iam::123456789012:role/reader"


def found(changes: dict, effect: str = "refuse") -> set[str]:
    model = KAFKA.create.model_validate(altered(KAFKA.example, changes))
    return {rule.id for rule in KAFKA.rules if rule.effect == effect and list(rule.check(model))}


def authenticated(kind: str, authentication: str) -> dict:
    names = CREDENTIALS.get(authentication, ())
    if kind == "azureeventhub":
        names = ("connection_string",)
    return {
        "source.type": kind,
        "source.authentication": authentication,
        "source.credentials": {name: VALUES[name] for name in names} or ABSENT,
        "source.iam_role": ROLE if authentication == "IAM_ROLE" else ABSENT,
    }


ALL = {each for row in AUTHENTICATIONS.values() for each in row}


@pytest.mark.parametrize("kind", AUTHENTICATIONS)
@pytest.mark.parametrize("authentication", sorted(ALL))
def test_a_flavour_takes_exactly_the_authentications_of_its_row(kind, authentication):
    allowed = authentication in AUTHENTICATIONS[kind] or (kind, authentication) == (
        "kafka",
        "IAM_ROLE",
    )
    refused = found(authenticated(kind, authentication))
    assert ("kafka.auth-matrix" in refused) == (not allowed)


@pytest.mark.parametrize("kind", AUTHENTICATIONS)
def test_every_flavour_may_be_open(kind):
    changes = {"source.authentication": ABSENT, "source.credentials": ABSENT, "source.type": kind}
    assert found(changes) == set()


@pytest.mark.parametrize("authentication", CREDENTIALS)
@pytest.mark.parametrize("half", [0, 1])
def test_half_a_pair_of_credentials_is_refused(authentication, half):
    name = CREDENTIALS[authentication][half]
    kind = next(kind for kind, row in AUTHENTICATIONS.items() if authentication in row)
    changes = authenticated(kind, authentication) | {"source.credentials": {name: VALUES[name]}}
    assert found(changes) == {"kafka.credentials-pair"}


def test_credentials_may_not_be_left_out():
    assert found({"source.credentials": ABSENT}) == {"kafka.credentials-pair"}


def test_a_connection_string_is_for_event_hubs():
    changes = {"source.credentials": PASSWORD | {"connection_string": "${env:X}"}}
    assert found(changes) == {"kafka.credentials-only-pair"}


def test_redpanda_with_mutual_tls_points_to_type_kafka():
    changes = authenticated("redpanda", "MUTUAL_TLS")
    model = KAFKA.create.model_validate(altered(KAFKA.example, changes))
    (matrix,) = [rule for rule in KAFKA.rules if rule.id == "kafka.auth-matrix"]
    (violation,) = matrix.check(model)
    assert (violation.allowed, "type kafka" in violation.fix) == (
        ("SCRAM-SHA-256", "SCRAM-SHA-512"),
        True,
    )


def test_a_role_outside_amazon_only_warns():
    changes = authenticated("kafka", "IAM_ROLE")
    assert (found(changes), found(changes, "warn")) == (set(), {"kafka.auth-matrix-disputed"})


@pytest.mark.parametrize("field", ["topics", "brokers"])
def test_a_list_becomes_comma_separated_text(field):
    arguments = altered(KAFKA.example, {f"source.{field}": ["a.example.com:1", "b.example.com:2"]})
    sent = KAFKA.create.model_validate(arguments).body()
    assert sent["source"][field] == "a.example.com:1,b.example.com:2"


@pytest.mark.parametrize("field", ["topics", "brokers"])
@pytest.mark.parametrize("value", ["", []])
def test_topics_and_brokers_are_never_blank(field, value):
    with pytest.raises(ValidationError):
        KAFKA.create.model_validate(altered(KAFKA.example, {f"source.{field}": value}))


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("https://registry.example.com", False),
        ("https://registry.example.com/", False),
        ("https://registry.example.com/subjects/orders", False),
        ("https://registry.example.com/subjects/orders/versions/3", False),
        ("https://registry.example.com/schemas/ids/100004", False),
        ("https://registry.example.com/schemas/ids/latest", True),
        ("https://registry.example.com/api/v1", True),
    ],
)
def test_a_registry_url_has_a_documented_shape(url, warned):
    changes = {"source.format": "AvroConfluent", "source.schema_registry": {"url": url}}
    assert ("kafka.registry-url-shape" in found(changes, "warn")) == warned


def test_what_the_official_client_sends_by_default_is_accepted():
    changes = {
        "source.offset": {"strategy": "from_beginning"},
        "source.reverse_private_endpoint_ids": [],
    }
    assert found(changes) == set()


def test_settings_of_files_only_warn():
    changes = {"settings": {"object_storage_concurrency": 3}}
    assert (found(changes), found(changes, "warn")) == (set(), {"settings.other-family"})


def test_an_update_takes_nothing_that_is_fixed_at_creation():
    with pytest.raises(ValidationError):
        KAFKA.update.model_validate({"schema_registry": {"credentials": PASSWORD}})


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("2026-01-31T06:30", "2026-01-31T06:30"),
        ("2026-01-31 06:30", "2026-01-31T06:30"),
        ("2026-01-31T06:30:00Z", "2026-01-31T06:30"),
        ("2026-01-31T06:30:00.000+00:00", "2026-01-31T06:30"),
        ("2026-01-31T06:30:15Z", "2026-01-31T06:30:15Z"),
        ("2026-01-31T06:30:00+01:00", "2026-01-31T06:30:00+01:00"),
    ],
)
def test_a_time_is_sent_to_the_minute_where_that_loses_nothing(written, sent):
    offset = {"strategy": "from_timestamp", "timestamp": written}
    request = KAFKA.create.model_validate(altered(KAFKA.example, {"source.offset": offset}))
    assert request.source.offset.timestamp == sent
