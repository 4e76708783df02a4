import os

import pytest

from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.settings import (
    KEY_FAMILIES,
    Settings,
    documented_settings,
    is_loopback,
    load_settings,
    variables_of,
)

ORGANIZATION = "11111111-1111-4111-8111-111111111111"


def problems(environ: dict[str, str], **overrides: object) -> str:
    with pytest.raises(InvalidSettings) as caught:
        load_settings(environ, **overrides)
    return str(caught.value)


def test_without_a_key_the_simulator_answers():
    assert load_settings({}).environment == "simulator"


@pytest.mark.parametrize("family", KEY_FAMILIES)
def test_a_key_under_any_family_of_names_means_the_cloud(family):
    settings = load_settings({family[0]: "example-id", family[1]: "example-secret"})
    assert settings.environment == "cloud"
    assert settings.key_id == "example-id"
    assert settings.key_secret
    assert settings.key_secret.get_secret_value() == "example-secret"


@pytest.mark.parametrize("family", KEY_FAMILIES[:-1])
@pytest.mark.parametrize("present", [0, 1])
def test_half_a_key_names_the_missing_half(family, present):
    text = problems({family[present]: "example-value"})
    assert f"{family[present]} is set but {family[1 - present]} is not" in text
    assert "example-value" not in text


def test_halves_of_different_families_do_not_make_a_key():
    text = problems({"KEY_ID": "example", "CLICKHOUSE_TOKEN_SECRET": "example"})
    assert "CLICKHOUSE_TOKEN_SECRET is set but CLICKHOUSE_TOKEN_KEY is not" in text


def test_the_first_family_with_a_key_wins():
    first, last = KEY_FAMILIES[0], KEY_FAMILIES[-1]
    settings = load_settings({last[0]: "b", last[1]: "b", first[0]: "a", first[1]: "a"})
    assert settings.key_id == "a"


def test_a_half_key_given_as_an_option_is_refused():
    assert "one half" in problems({}, key_id="example")


def test_empty_values_count_as_unset():
    assert load_settings({"KEY_ID": " ", "KEY_SECRET": ""}).environment == "simulator"


def test_the_secret_is_in_no_representation():
    settings = load_settings({"KEY_ID": "example", "KEY_SECRET": "canary"})
    assert "canary" not in f"{settings} {settings!r} {settings.model_dump()} {vars(settings)}"


def test_options_win_over_the_environment_and_none_is_no_option():
    environ = {"CLICKPIPES_CONSENT": "chat", "CLICKPIPES_LOG_LEVEL": "error"}
    settings = load_settings(environ, consent="dangerously-off", log_level=None)
    assert (settings.consent, settings.log_level) == ("dangerously-off", "error")


def test_the_old_word_for_asking_nobody_is_refused_with_the_new_one():
    assert "the word is dangerously-off" in problems({"CLICKPIPES_CONSENT": "Off"})


def test_reading_only_is_the_short_name_of_the_lowest_level_and_wins():
    assert load_settings({}).level == "destroy"
    assert load_settings({"CLICKPIPES_ALLOW": "Write"}).level == "write"
    assert load_settings({"CLICKPIPES_ALLOW": "destroy"}, read_only=True).level == "read"
    assert "CLICKPIPES_ALLOW must be" in problems({"CLICKPIPES_ALLOW": "all"})


def test_protected_names_keep_their_case_and_their_blanks():
    settings = load_settings({"CLICKPIPES_PROTECTED": "Prod-*, the big one,,Prod-*"})
    assert settings.protected == ("Prod-*", "the big one")


def test_settings_cannot_be_changed():
    with pytest.raises(ValueError, match="frozen"):
        load_settings({}).consent = "ask"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://api.clickhouse.cloud/v1", "https://api.clickhouse.cloud"),
        ("https://api.clickhouse.cloud/v1/", "https://api.clickhouse.cloud"),
        ("https://gateway.example.com/ch/v1", "https://gateway.example.com/ch"),
        ("http://127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("http://[::1]:8123/v1", "http://[::1]:8123"),
        ("http://localhost:8123", "http://localhost:8123"),
    ],
)
@pytest.mark.parametrize("variable", variables_of("api_url"))
def test_the_api_address_is_kept_without_its_version(variable, given, kept):
    assert load_settings({variable: given}).api_url == kept


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://api.clickhouse.cloud", "must begin with https"),
        ("http://127.0.0.1.example.com", "must begin with https"),
        ("https://user:canary@api.clickhouse.cloud", "must not contain credentials"),
        ("https://user@api.clickhouse.cloud", "must not contain credentials"),
        ("ftp://api.clickhouse.cloud", "must be an address"),
        ("api.clickhouse.cloud", "must be an address"),
        ("https://api.clickhouse.cloud?x=canary", "must not have a query"),
        ("https://api.clickhouse.cloud/#x", "must not have a query"),
        ("https://api.clickhouse.cloud:port", "must be an address"),
        ("https://[::1", "must be an address"),
        ("https://api.example.com/\r\nx", "must not contain spaces"),
    ],
)
def test_unsafe_addresses_are_refused_without_being_repeated(address, reason):
    text = problems({"CLICKHOUSE_API_URL": address})
    assert f"CLICKHOUSE_API_URL {reason}" in text
    assert "canary" not in text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_loopback_hosts_are_recognised(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["localhost.example.com", "10.0.0.1", "0.0.0.0", ""])  # noqa: S104
def test_other_hosts_are_not_loopback(host):
    assert not is_loopback(host)


def test_every_problem_is_told_at_once():
    text = problems(
        {
            "CLICKPIPES_CONSENT": "maybe",
            "CLICKPIPES_READ_TIMEOUT_S": "-1",
            "CLICKPIPES_WRITE_TIMEOUT_S": "9999",
            "CLICKPIPES_SIMULATOR": "perhaps",
            "CLICKPIPES_SIMULATOR_SEED": "1.5",
            "CLICKPIPES_SIMULATOR_SPEED": "fast",
            "CLICKHOUSE_ORG_ID": "x",
            "CLICKPIPES_TOOLSETS": "pipes,plumbing",
            "CLICKPIPES_SOURCES": "kaf/ka",
        }
    )
    for expected in (
        "CLICKPIPES_CONSENT must be 'ask', 'chat' or 'dangerously-off'.",
        "CLICKPIPES_READ_TIMEOUT_S must be greater than 0",
        "CLICKPIPES_WRITE_TIMEOUT_S must be at most 1800",
        "CLICKPIPES_SIMULATOR must be true or false.",
        "CLICKPIPES_SIMULATOR_SEED must be a whole number.",
        "CLICKPIPES_SIMULATOR_SPEED must be a number.",
        "CLICKHOUSE_ORG_ID must be a UUID",
        "CLICKPIPES_TOOLSETS must be a comma-separated list of: pipes",
        "CLICKPIPES_SOURCES must be a comma-separated list such as",
    ):
        assert expected in text
    assert "pydantic" not in text


def test_a_number_that_is_no_number_is_refused():
    assert "CLICKPIPES_READ_TIMEOUT_S must be" in problems({"CLICKPIPES_READ_TIMEOUT_S": "nan"})


def test_an_unknown_option_is_named():
    assert "colour is not a setting" in problems({}, colour="red")


def test_a_wrong_option_is_named_as_it_was_given():
    assert "seed must be at least 0" in problems({}, simulator_seed=-1).replace("simulator_", "")


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("CLICKPIPES_READONLY", "did you mean CLICKPIPES_READ_ONLY?"),
        ("CLICKPIPES_READ-ONLY", "did you mean CLICKPIPES_READ_ONLY?"),
        ("clickpipes_read_only", "did you mean CLICKPIPES_READ_ONLY?"),
        ("CLICKPIPE_READ_ONLY", "did you mean CLICKPIPES_READ_ONLY?"),
        ("CLICK_PIPES_CONSENT", "did you mean CLICKPIPES_CONSENT?"),
        ("CLICKPIPES_SECRET_BINDINGS", "did you mean CLICKPIPES_SECRETS_BINDINGS?"),
        ("CLICKPIPES_RO", "is not a setting of this server"),
        ("CLICKPIPES_NOBODY_KNOWS", "unset it"),
    ],
)
def test_a_variable_that_is_no_setting_is_not_passed_over(variable, meant):
    text = problems({variable: "true"})

    assert variable in text
    assert meant in text


def test_variables_for_secrets_are_not_taken_for_settings():
    load_settings({"CLICKPIPES_SECRET_TOOLSET": "x", "CLICKPIPES_SECRET_READ_ONLY": "x"})


def test_lists_are_written_with_commas_and_lose_repetitions():
    environ = {"CLICKPIPES_TOOLSETS": "Pipes, create,pipes", "CLICKPIPES_SOURCES": "kafka,s3"}
    settings = load_settings(environ)
    assert settings.toolsets == ("pipes", "create")
    assert settings.sources == ("kafka", "s3")


def test_without_a_choice_all_but_the_optional_toolset_is_offered():
    assert load_settings({}).toolsets == ("pipes", "create", "tuning", "insight")


def test_the_simulator_can_be_forced_although_there_is_a_key():
    environ = {"KEY_ID": "a", "KEY_SECRET": "b", "CLICKPIPES_SIMULATOR": "on"}
    assert load_settings(environ).environment == "simulator"


def test_no_simulator_and_no_key_leaves_nothing_to_talk_to():
    assert "there is no API key" in problems({"CLICKPIPES_SIMULATOR": "false"})


def test_files_and_directories_must_exist(tmp_path):
    file = tmp_path / "ca.pem"
    file.touch()
    settings = load_settings({"CLICKPIPES_CA_FILE": str(file)}, secrets_dir=tmp_path)
    assert (settings.ca_file, settings.secrets_dir) == (file, tmp_path)
    text = problems({"CLICKPIPES_CA_FILE": str(tmp_path), "CLICKPIPES_SECRETS_DIR": str(file)})
    assert "CLICKPIPES_CA_FILE must be a file that exists" in text
    assert "CLICKPIPES_SECRETS_DIR must be a directory that exists" in text


def test_identifiers_are_kept_in_lower_case():
    assert (
        load_settings({"CLICKHOUSE_ORG_ID": ORGANIZATION.upper()}).organization_id == ORGANIZATION
    )


def test_the_environment_of_the_process_is_read_when_none_is_given(monkeypatch):
    monkeypatch.setattr(os, "environ", {"CLICKPIPES_READ_ONLY": "true"})
    assert load_settings().read_only


def test_a_shared_key_is_long_and_never_shown():
    with pytest.raises(InvalidSettings, match="at least 32 characters") as refused:
        load_settings({"CLICKPIPES_HTTP_KEY": "canary"})
    assert "canary" not in str(refused.value)
    settings = load_settings({"CLICKPIPES_HTTP_KEY": "canary" * 8})
    assert "canary" not in f"{settings!r} {settings.model_dump()}"


def test_a_journal_can_be_switched_off():
    assert load_settings({"CLICKPIPES_JOURNAL": "off"}).journal_path is None
    assert load_settings({}).journal_path is None


def test_every_setting_is_documented():
    documents = documented_settings()
    assert len(documents) == len(Settings.model_fields)
    assert all(document.description for document in documents)
    assert all(document.variables[0].startswith("CLICKPIPES_") for document in documents)


def test_the_default_of_a_list_is_documented_as_it_would_be_written():
    toolsets = next(row for row in documented_settings() if "TOOLSETS" in row.variables[0])
    assert toolsets.default == "pipes,create,tuning,insight"


@pytest.mark.parametrize("left", ["${API_SECRET}", "%API_SECRET%", "${input:secret}"])
def test_a_variable_that_nobody_expanded_is_named_at_start(left):
    variables = {"CLICKHOUSE_CLOUD_API_KEY": "id", "CLICKHOUSE_CLOUD_API_SECRET": left}
    with pytest.raises(InvalidSettings, match="CLICKHOUSE_CLOUD_API_SECRET is the name of another"):
        load_settings(variables)


def test_a_key_with_a_line_break_is_named_and_not_shown():
    variables = {"CLICKPIPES_KEY_ID": "id", "CLICKPIPES_KEY_SECRET": "can\nary"}
    with pytest.raises(InvalidSettings, match="CLICKPIPES_KEY_SECRET holds a line break") as caught:
        load_settings(variables)
    assert "ary" not in str(caught.value).replace("simulator", "").replace("library", "")


def test_an_empty_key_beside_an_organization_is_no_simulator():
    organization = {"CLICKHOUSE_ORG_ID": "6f1bd1c1-1111-4111-8111-111111111111"}
    empty = {"CLICKPIPES_KEY_ID": "", "CLICKPIPES_KEY_SECRET": ""}
    with pytest.raises(InvalidSettings, match="CLICKPIPES_KEY_ID is empty"):
        load_settings(organization | empty)
    assert load_settings(organization).environment == "simulator"
    assert load_settings(organization | empty, simulator=True).environment == "simulator"


@pytest.mark.parametrize(
    ("environ", "key", "organization"),
    [
        ({"SERVICE_ID": "web-1", "ORG_ID": "acme", "KEY_ID": "of another program"}, None, None),
        ({"KEY_SECRET": "of another program", "ORG_ID": ORGANIZATION}, None, None),
        ({"KEY_ID": "a", "KEY_SECRET": "b", "ORG_ID": ORGANIZATION}, "a", ORGANIZATION),
        (
            {"CLICKHOUSE_TOKEN_KEY": "a", "CLICKHOUSE_TOKEN_SECRET": "b", "ORG_ID": ORGANIZATION},
            "a",
            ORGANIZATION,
        ),
        (
            {"CLICKHOUSE_TOKEN_KEY": "a", "CLICKHOUSE_TOKEN_SECRET": "b", "SERVICE_ID": "web-1"},
            "a",
            None,
        ),
    ],
)
def test_bare_names_of_another_program_are_left_alone(environ, key, organization):
    settings = load_settings(environ)

    assert (settings.key_id, settings.organization_id) == (key, organization)
    assert settings.service_id is None


def test_a_bare_place_beside_a_bare_key_must_have_its_form():
    assert "SERVICE_ID must be a UUID" in problems(
        {"KEY_ID": "a", "KEY_SECRET": "b", "SERVICE_ID": "web-1"}
    )
