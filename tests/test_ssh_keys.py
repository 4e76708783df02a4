"""SSH key resources: lines for a bastion, and what a failed login means."""

import subprocess

import pytest

from clickpipes_mcp.ssh_keys import (
    EXAMPLE,
    RULES,
    CreateSshKey,
    active_key,
    authorized_keys_line,
    explain_refusal,
    installation,
    status_named,
)

PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExample"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_finds_its_broken_example_and_lets_the_kept_one_pass(rule):
    assert list(rule.check(CreateSshKey.model_validate(rule.broken)))
    assert not list(rule.check(CreateSshKey.model_validate(rule.kept)))


@pytest.mark.parametrize("tail", ["", " somebody@host", "\nssh-rsa AAAAB3NzaC1yc2EAAAADAQAB evil"])
def test_a_line_holds_the_one_key_and_nothing_behind_it(tail):
    assert authorized_keys_line(PUBLIC + tail) == f"restrict,port-forwarding {PUBLIC} clickpipes"


@pytest.mark.parametrize("text", ["", "-----BEGIN", 'command="x" ssh-ed25519 AAAA', "ssh-ed25519"])
def test_what_is_no_public_key_makes_no_line(text):
    assert authorized_keys_line(text) is None


def test_a_message_nobody_knows_is_not_explained():
    assert explain_refusal("the moon is in the wrong place") is None


def test_a_status_the_api_may_learn_has_a_meaning():
    assert status_named("rotating").meaning


def test_the_example_keeps_every_rule():
    request = CreateSshKey.model_validate(EXAMPLE)
    assert not [found for rule in RULES for found in rule.check(request)]


def test_only_active_keys_may_be_used():
    rule = active_key({"A": "active", "b": "pending"})
    assert rule.id == "ssh-keys.active"


def test_the_commands_put_the_line_into_place_in_a_real_shell(tmp_path) -> None:
    line = authorized_keys_line("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExample")
    assert line is not None

    for command in installation(line):
        subprocess.run(["sh", "-c", command], check=True, env={"HOME": str(tmp_path)})  # noqa: S607

    written = tmp_path / ".ssh" / "authorized_keys"
    assert written.read_text() == line + "\n"
    assert written.stat().st_mode & 0o777 == 0o600
