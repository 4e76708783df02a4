"""What an administrator is told of callers, and that no token or key is in it."""

import json

import pytest

from tests.cli.test_commands import refused_here, run_here
from tests.http.served import ALICE

CONNECTIONS = """
default = "dev"
[vault]
key_id = "an-id"
key_secret = "env:VAULT_KEY"
allow = "write"
[dev]
simulator = true
"""
CALLERS = """
[token.alice]
connections = ["vault", "dev"]
[token.gone]
connections = ["dev"]
allow = "read"
[subject.248289761001]
connections = ["vault"]
"""
VAULT_KEY = "a-secret-of-the-vault"


@pytest.fixture
def told(tmp_path):
    files = {"tokens": f"alice {ALICE}\nbob {ALICE[::-1]}\n", "callers": CALLERS, "c": CONNECTIONS}
    for name, text in files.items():
        (tmp_path / name).touch(0o600)
        (tmp_path / name).write_text(text)

    def run(*arguments: str, **settings: str) -> str:
        named = {"CLICKPIPES_CONNECTIONS": "c", "CLICKPIPES_HTTP_TOKENS": "tokens", **settings}
        given = {
            name: str(tmp_path / value) if value in (*files, "none") else value
            for name, value in named.items()
        }
        done = run_here("callers", *arguments, VAULT_KEY=VAULT_KEY, **given)
        assert not [one for one in (ALICE, ALICE[::-1], VAULT_KEY) if one in done.output]
        return refused_here(done) if done.exit_code else done.output

    return run


def test_each_caller_is_told_with_what_it_may_do(told):
    chosen = {"CLICKPIPES_HTTP_CALLERS": "callers"}
    listed = json.loads(told("--json", **chosen))
    assert {one["caller"]: (one["why_not"], one["may"]) for one in listed} == {
        "alice": ("", {"vault": "write", "dev": "destroy"}),
        "gone": ("has no token", {"dev": "read"}),
        "248289761001": ("no issuer is set", {"vault": "write"}),
        "bob": ("is not in the list", {}),
    }
    assert told(**chosen).splitlines() == [
        "token alice  vault: write, dev: destroy",
        "token gone  cannot call: has no token; dev: read",
        "subject 248289761001  cannot call: no issuer is set; vault: write",
        "token bob  cannot call: is not in the list",
    ]


def test_without_connections_by_name_each_may_go_as_far_as_it_says(told, tmp_path):
    (tmp_path / "callers").write_text('[token.alice]\nallow = "read"\n')
    alone = {"CLICKPIPES_CONNECTIONS": "off", "CLICKPIPES_HTTP_CALLERS": "callers"}
    assert told(**alone).splitlines() == [
        "token alice  read",
        "token bob  cannot call: is not in the list",
    ]


def test_without_a_list_all_callers_see_everything(told):
    issuer = {
        "CLICKPIPES_HTTP_ISSUER": "https://login.example.com",
        "CLICKPIPES_HTTP_URL": "https://mcp.example.com/mcp",
    }
    assert told(**issuer).splitlines() == [
        "token alice  dev: destroy, vault: write",
        "token bob  dev: destroy, vault: write",
        "subject *  dev: destroy, vault: write",
    ]
    alone = told(CLICKPIPES_CONNECTIONS="off", CLICKPIPES_HTTP_CALLERS="none")
    assert "must be a file that exists" in alone
    nobody = told(CLICKPIPES_CONNECTIONS="off", CLICKPIPES_HTTP_TOKENS="")
    assert nobody.startswith("Nobody has to say who calls")
