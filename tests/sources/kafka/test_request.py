import pytest
from pydantic import ValidationError

from clickpipes_mcp.rule_words import ABSENT, altered
from clickpipes_mcp.sources import source_named
from clickpipes_mcp.sources.kafka.facts import AUTHENTICATIONS, CREDENTIALS

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
REGISTRY = {"url": "https://10.0.0.5"}
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
    assert (violation.allowed, "type to kafka" in violation.fix) == (
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


def of_update(arguments: dict, effect: str = "refuse") -> set[str]:
    model = KAFKA.update.model_validate(arguments)
    return {
        rule.id for rule in KAFKA.update_rules if rule.effect == effect and list(rule.check(model))
    }


CERTIFICATE = {"certificate": VALUES["certificate"], "private_key": VALUES["private_key"]}
KEY = {"access_key_id": VALUES["access_key_id"], "secret_key": VALUES["secret_key"]}
HUB = {"connection_string": VALUES["connection_string"]}


@pytest.mark.parametrize(
    "time",
    ["2026-02-30T06:30", "2026-13-01 06:30", "2026-01-31T25:00Z", "2026-02-30T06:30:15Z"],
)
def test_a_time_that_does_not_exist_warns(time):
    offset = {"source.offset": {"strategy": "from_timestamp", "timestamp": time}}
    assert found(offset) == set()
    assert "kafka.offset-time-exists" in found(offset, "warn")


@pytest.mark.parametrize("time", ["2028-02-29T06:30", "2026-01-31T00:00"])
def test_a_time_that_exists_is_accepted(time):
    offset = {"source.offset": {"strategy": "from_timestamp", "timestamp": time}}
    assert (found(offset), found(offset, "warn")) == (set(), set())


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n", False),
        ("-----BEGIN TRUSTED CERTIFICATE-----\nMIIB", False),
        ("subject=/CN=ca\n-----BEGIN CERTIFICATE-----\nMIIB", False),
        ("${file:ca.pem}", False),
        ("MIIB", True),
    ],
)
def test_a_certificate_that_is_not_pem_warns(text, warned):
    own = authenticated("kafka", "MUTUAL_TLS") | {"source.credentials.certificate": text}
    registry = {"url": "https://registry.example.com", "ca_certificate": text}
    avro = {"source.format": "Avro", "source.schema_registry": registry}
    for changes in (own, avro, {"source.ca_certificate": text}):
        assert (found(changes), found(changes, "warn")) == (
            set(),
            {"kafka.certificates-pem"} if warned else set(),
        )
    for arguments in (
        {"ca_certificate": text},
        {"credentials": CERTIFICATE | {"certificate": text}},
    ):
        assert (of_update(arguments), of_update(arguments, "warn")) == (
            set(),
            {"kafka.update-certificates-pem"} if warned else set(),
        )


@pytest.mark.parametrize("schema", ['syntax = "proto3";', "message Event { int64 id = 1; }"])
def test_a_protobuf_schema_that_is_not_encoded_is_refused(schema):
    changes = {"source.format": "Protobuf", "source.protobuf_schema": schema}
    assert found(changes) == {"kafka.protobuf-schema-base64"}


@pytest.mark.parametrize("schema", ["c3ludGF4", "c3lu\ndGF4\n", "c3ludGF4IA==", "_-8", "c3lu dGF4"])
def test_a_protobuf_schema_in_either_dialect_of_base64_is_accepted(schema):
    changes = {"source.format": "Protobuf", "source.protobuf_schema": schema}
    assert (found(changes), found(changes, "warn")) == (set(), set())


@pytest.mark.parametrize(
    ("endpoint", "warned"),
    [
        ("6f1bd1c1-1111-4111-8111-111111111111", False),
        ("6F1BD1C1-1111-4111-8111-111111111111", False),
        ("vpce-0123456789abcdef0", True),
        ("my endpoint", True),
    ],
)
def test_an_endpoint_is_named_by_its_uuid(endpoint, warned):
    create = {"source.reverse_private_endpoint_ids": [endpoint]}
    update = {"reverse_private_endpoint_ids": [endpoint]}
    assert (found(create), of_update(update)) == (set(), set())
    assert found(create, "warn") == ({"kafka.endpoint-ids"} if warned else set())
    assert of_update(update, "warn") == ({"kafka.update-endpoint-ids"} if warned else set())


@pytest.mark.parametrize(("role", "warned"), [(ROLE, False), ("reader", True)])
def test_a_role_that_is_no_arn_of_a_role_warns(role, warned):
    create = authenticated("msk", "IAM_ROLE") | {"source.iam_role": role}
    update = {"authentication": "IAM_ROLE", "iam_role": role}
    assert (found(create), of_update(update)) == (set(), set())
    assert found(create, "warn") == ({"kafka.role-arn"} if warned else set())
    assert of_update(update, "warn") == ({"kafka.update-role-arn"} if warned else set())


@pytest.mark.parametrize(
    "arguments",
    [
        {"authentication": "MUTUAL_TLS", "credentials": PASSWORD},
        {"authentication": "IAM_USER", "credentials": CERTIFICATE},
        {"authentication": "SCRAM-SHA-512", "credentials": HUB},
    ],
)
def test_an_update_without_the_pair_of_its_authentication_is_refused(arguments):
    assert of_update(arguments) == {"kafka.update-credentials-pair"}


@pytest.mark.parametrize(
    "arguments", [{"credentials": {}}, {"authentication": "PLAIN", "credentials": {}}]
)
def test_an_update_with_empty_credentials_warns(arguments):
    assert (of_update(arguments), of_update(arguments, "warn")) == (
        set(),
        {"kafka.update-credentials-empty"},
    )


@pytest.mark.parametrize(
    "credentials",
    [PASSWORD | CERTIFICATE, PASSWORD | KEY, KEY | CERTIFICATE, HUB | KEY, HUB | CERTIFICATE],
)
def test_an_update_with_two_pairs_is_refused(credentials):
    assert of_update({"credentials": credentials}) == {"kafka.update-credentials-one-pair"}


@pytest.mark.parametrize(
    "arguments",
    [
        {"authentication": "IAM_ROLE", "iam_role": ROLE, "credentials": PASSWORD},
        {"authentication": "SERVICE_ACCOUNT_WORKLOAD_IDENTITY", "credentials": PASSWORD},
        {"authentication": "PLAIN", "credentials": PASSWORD, "iam_role": ROLE},
    ],
)
def test_an_update_warns_of_credentials_its_authentication_does_not_use(arguments):
    assert (of_update(arguments), of_update(arguments, "warn")) == (
        set(),
        {"kafka.update-credentials-unused"},
    )


@pytest.mark.parametrize(
    "arguments",
    [
        {"authentication": "PLAIN", "credentials": PASSWORD},
        {"authentication": "PLAIN", "credentials": HUB},
        {"authentication": "IAM_USER", "credentials": KEY},
        {"authentication": "MUTUAL_TLS", "credentials": CERTIFICATE},
        {"credentials": PASSWORD},
        {"credentials": HUB},
        {"iam_role": ROLE},
        {"reverse_private_endpoint_ids": []},
    ],
)
def test_an_update_with_what_it_needs_is_accepted(arguments):
    assert (of_update(arguments), of_update(arguments, "warn")) == (set(), set())


@pytest.mark.parametrize(
    ("topics", "refused"),
    [
        ("orders", False),
        ("orders,payments.eu_v2-1", False),
        ("orders,,payments", True),
        (",", True),
        ("orders.*", True),
        ("a" * 250, True),
    ],
)
def test_what_cannot_be_the_name_of_a_topic_is_refused(topics, refused):
    assert found({"source.topics": topics}) == ({"kafka.topic-names"} if refused else set())


@pytest.mark.parametrize(
    ("brokers", "rules"),
    [
        ("b.example.com:9092", set()),
        ("[2001:db8::1]:9092", set()),
        ("a.example.com:9092, b.example.com:65535", set()),
        ('["a.example.com:9092", "b.example.com:9092"]', set()),
        ("b.example.com", {"kafka.brokers-have-ports"}),
        ("SASL_SSL://b.example.com:9092", {"kafka.broker-addresses"}),
        ("a.example.com:9092,b.example.com:99999", {"kafka.broker-addresses"}),
        ("b.example.com:0", {"kafka.broker-addresses"}),
    ],
)
def test_a_broker_is_an_address_with_a_port_and_without_a_protocol(brokers, rules):
    changes = {"source.brokers": brokers}
    assert (found(changes), found(changes, "warn")) == (rules, set())


def test_credentials_of_a_registry_without_authentication_warn():
    registry = {"url": "https://registry.example.com", "credentials": PASSWORD}
    changes = {"source.format": "Avro", "source.schema_registry": registry}
    assert (found(changes), found(changes, "warn")) == (set(), {"kafka.registry-authentication"})


def test_the_registry_of_azure_warns():
    registry = {"url": "https://ns.servicebus.windows.net"}
    changes = {"source.format": "Avro", "source.schema_registry": registry}
    assert (found(changes), found(changes, "warn")) == (set(), {"kafka.registry-not-azure"})


def test_half_a_login_is_not_enough_for_event_hubs():
    changes = authenticated("azureeventhub", "PLAIN")
    changes["source.credentials"] = {"password": VALUES["password"]}
    assert found(changes) == {"kafka.credentials-pair"}


def test_a_whole_login_only_warns_for_event_hubs():
    changes = authenticated("azureeventhub", "PLAIN") | {
        "source.credentials": PASSWORD,
        "source.brokers": "ns.example.net:9093",
    }
    assert (found(changes), found(changes, "warn")) == (
        set(),
        {"kafka.event-hubs-connection-string"},
    )


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ({"source.brokers": "10.0.0.4:9092"}, {("source", "brokers")}),
        ({"source.schema_registry": REGISTRY}, {("source", "schema_registry", "url")}),
        (
            {"source.brokers": "10.0.0.4:9092", "source.schema_registry": REGISTRY},
            {("source", "brokers"), ("source", "schema_registry", "url")},
        ),
    ],
    ids=["brokers", "registry", "both"],
)
def test_a_private_address_is_told_of_the_field_that_names_it(changes, places):
    model = KAFKA.create.model_validate(altered(KAFKA.example, changes))
    (rule,) = [rule for rule in KAFKA.rules if rule.id.endswith("address.reachable")]
    assert {violation.path for violation in rule.check(model)} == places
