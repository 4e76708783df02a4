import pytest

from clickpipes_mcp.private_endpoints import (
    CREATE_RULES,
    EXAMPLES,
    CreateEndpoint,
    CustomDns,
    dns_unique,
    hosted_on,
)

CREATIONS = (*CREATE_RULES, hosted_on("aws"))


def broken(example, effect):
    request = CreateEndpoint.model_validate(example)
    return [rule.id for rule in CREATIONS if rule.effect == effect and list(rule.check(request))]


@pytest.mark.parametrize("rule", CREATIONS, ids=lambda rule: rule.id)
def test_the_examples_of_a_rule_show_it(rule):
    assert rule.id in broken(rule.broken, rule.effect)
    assert rule.id not in broken(rule.kept, rule.effect)


@pytest.mark.parametrize("rule", CREATIONS, ids=lambda rule: rule.id)
def test_the_examples_of_a_rule_break_no_other(rule):
    assert broken(rule.broken, "refuse") == ([rule.id] if rule.effect == "refuse" else [])
    assert broken(rule.kept, "refuse") == []


@pytest.mark.parametrize("rule", CREATIONS, ids=lambda rule: rule.id)
def test_a_rule_says_what_to_do_and_where_it_is_documented(rule):
    found = list(rule.check(CreateEndpoint.model_validate(rule.broken)))
    assert all(violation.fix and violation.message.endswith(".") for violation in found)
    assert rule.documentation.startswith("https://clickhouse.com/docs/")
    assert rule.id.startswith("private-endpoint.")


def test_every_rule_has_its_own_id():
    assert len({rule.id for rule in CREATIONS}) == len(CREATIONS)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_type_can_be_asked_for(kind):
    assert broken(EXAMPLES[kind], "refuse") == []


@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_type_needs_each_of_its_companions(kind):
    bare = {"type": kind, "description": "orders"}
    companions = EXAMPLES[kind].keys() - bare.keys() - {"custom_private_dns_mappings"}
    (rule,) = [rule for rule in CREATE_RULES if rule.id == "private-endpoint.companions"]
    found = {violation.path for violation in rule.check(CreateEndpoint.model_validate(bare))}
    assert found == {(name,) for name in companions}


@pytest.mark.parametrize(
    "attachment",
    [
        "https://www.googleapis.com/compute/v1/projects/p/regions/r/serviceAttachments/n",
        "projects/p/regions/r/serviceAttachments/",
        "projects/p/serviceAttachments/n",
        "projects/p/regions/r/serviceAttachments/n/more",
    ],
)
def test_only_the_uri_of_a_service_attachment_is_one(attachment):
    example = EXAMPLES["GCP_PSC_SERVICE_ATTACHMENT"] | {"gcp_service_attachment": attachment}
    assert broken(example, "refuse") == ["private-endpoint.service-attachment"]


NAMES = {
    "db": "dns-name",
    "db.example.com.": "dns-name",
    "db.*.example.com": "dns-name",
    "*": "dns-name",
    "db.example.com:5432": "dns-name",
    "d b.example.com": "dns-name",
    "db.example.com\n": "dns-name",
    "d\u0131.example.com": "dns-name",
    "db.local": "dns-reserved-suffix",
    "DB.Internal": "dns-reserved-suffix",
    "*.db.private": "dns-reserved-suffix",
}


@pytest.mark.parametrize("name", NAMES)
def test_names_that_cannot_lead_anywhere_are_refused(name):
    dns = {"custom_private_dns_mappings": [{"private_dns_name": name}]}
    example = EXAMPLES["GCP_PSC_SERVICE_ATTACHMENT"] | dns
    assert broken(example, "refuse") == [f"private-endpoint.{NAMES[name]}"]


@pytest.mark.parametrize(
    ("taken", "given", "refused"),
    [
        (["db.example.com"], "db.example.com", True),
        (["*.example.com"], "db.example.com", True),
        (["db.example.com"], "*.example.com", True),
        (["db.example.com"], "other.example.com", False),
        ([], "db.example.com", False),
    ],
)
def test_names_of_other_endpoints_are_taken_with_what_they_overlap(taken, given, refused):
    request = CustomDns(custom_private_dns_mappings=[{"private_dns_name": given}])
    assert bool(list(dns_unique(taken).check(request))) is refused


@pytest.mark.parametrize(("provider", "warned"), [("gcp", False), ("aws", True), ("azure", True)])
def test_private_service_connect_is_for_services_on_google_cloud(provider, warned):
    request = CreateEndpoint.model_validate(EXAMPLES["GCP_PSC_SERVICE_ATTACHMENT"])
    assert bool(list(hosted_on(provider).check(request))) is warned
