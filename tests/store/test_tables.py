"""The tables of the store, by the commands that look after them."""

import json

import pytest

from clickpipes_mcp.store import NEWEST
from clickpipes_mcp.store.versions import VERSIONS
from tests.checks.postgres_server import store_settings
from tests.cli.test_commands import refused_here, run_here
from tests.serving import SHARED_KEY


def test_the_commands_set_up_look_and_prune(store_server) -> None:
    store_server.execute("DROP SCHEMA IF EXISTS clickpipes_mcp CASCADE")
    chosen = store_settings(store_server)

    bare = run_here("store", "check", **chosen)
    assert bare.exit_code == 1
    assert "clickpipes-mcp store init" in bare.stdout
    assert f"version 0 → {NEWEST}" in run_here("store", "init", **chosen).stdout
    assert f"of version {NEWEST}." in run_here("store", "init", **chosen).stdout

    store_server.execute(
        "INSERT INTO clickpipes_mcp.used_answers VALUES ('old', now() - interval '25 hours'), "
        "('new', now() - interval '23 hours')"
    )
    held = run_here("store", "check", "--json", **chosen)
    assert held.exit_code == 0, held.stderr
    told = json.loads(held.stdout)
    assert (told["version"], told["rows"]["used_answers"]) == (NEWEST, 2)
    assert "used_answers: 1 row taken away" in run_here("store", "prune", **chosen).stdout
    assert "used_answers: 1 row\n" in run_here("store", "check", **chosen).stdout


def test_a_store_of_any_earlier_version_is_upgraded_and_serves_both(store_server) -> None:
    """One replica after the other is replaced: the older ones go on as they did."""
    chosen = store_settings(store_server)
    as_older_ones_do = (
        "SELECT clickpipes_mcp.take_turn('key', 'caller', 10, 10.5, 30)",
        "SELECT clickpipes_mcp.close_turns('key', 0)",
        "INSERT INTO clickpipes_mcp.used_answers (digest) VALUES ('a yes') ON CONFLICT DO NOTHING",
    )
    for version in range(1, NEWEST):
        store_server.execute(
            "DROP SCHEMA IF EXISTS clickpipes_mcp CASCADE",
            "CREATE SCHEMA clickpipes_mcp",
            "CREATE TABLE clickpipes_mcp.versions (version integer PRIMARY KEY, "
            "since timestamptz NOT NULL DEFAULT now())",
            *VERSIONS[:version],
            f"INSERT INTO clickpipes_mcp.versions SELECT generate_series(1, {version})",
            "INSERT INTO clickpipes_mcp.used_answers (digest) VALUES ('an earlier yes')",
        )
        told = run_here("store", "check", **chosen)
        assert told.exit_code == 1
        assert f"needs {NEWEST}" in told.stdout
        assert f"version {version} → {NEWEST}" in run_here("store", "init", **chosen).stdout
        assert "used_answers: 1 row\n" in run_here("store", "check", **chosen).stdout
        store_server.execute(*as_older_ones_do)


def test_other_commands_read_the_journal_of_all_replicas(store_server) -> None:
    store_server.execute("DROP SCHEMA IF EXISTS clickpipes_mcp CASCADE")
    chosen = store_settings(store_server)
    assert run_here("store", "init", **chosen).exit_code == 0

    assert run_here("status", **chosen).exit_code == 0
    assert "There is no journal" in refused_here(run_here("journal", "show", **chosen))
    store_server.execute("INSERT INTO clickpipes_mcp.journal VALUES (1, '{}')")
    shown = run_here("journal", "show", **chosen)
    assert (shown.exit_code, shown.stderr) == (0, "")
    doctor = run_here("doctor", CLICKPIPES_OWN_ONLY="true", **chosen)
    assert "only what the journal says" in doctor.stdout
    gone = chosen | {"CLICKPIPES_STORE": chosen["CLICKPIPES_STORE"].replace("/shop", "/nowhere")}
    assert "journal cannot be read: the store" in refused_here(run_here("journal", "show", **gone))
    twice = run_here("journal", "show", CLICKPIPES_JOURNAL="off", **chosen)
    assert "leave CLICKPIPES_JOURNAL out" in refused_here(twice)


def test_without_a_store_the_commands_say_what_is_missing(store_server) -> None:
    assert "CLICKPIPES_STORE names no store" in refused_here(run_here("store", "check"))
    chosen = store_settings(store_server)
    nowhere = chosen["CLICKPIPES_STORE"].replace("/shop", "/nowhere")
    gone = refused_here(run_here("store", "init", **chosen | {"CLICKPIPES_STORE": nowhere}))
    assert "does not answer" in gone


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://me:secret-word@db.example.com/team", "CLICKPIPES_STORE_PASSWORD"),
        ("postgresql://db.example.com/team", "must name a user and a database"),
        ("postgresql://me@db.example.com/team/more", "must name a user and a database"),
        ("postgresql://me@db.example.com/team?sslmode=disable", "query"),
        ("mysql://me@db.example.com/team", "must be an address such as"),
        ("postgresql://me@[db/team", "must be an address such as"),
        ("postgresql://me@db .example.com/team", "spaces"),
    ],
)
def test_an_address_names_one_database_and_holds_no_secret(address, told) -> None:
    refused = refused_here(
        run_here("store", "check", CLICKPIPES_STORE=address, CLICKPIPES_HTTP_KEY=SHARED_KEY)
    )
    assert told in refused
    assert "secret-word" not in refused


def test_a_store_needs_the_key_that_replicas_share() -> None:
    address = "postgresql://me@db.example.com/team"
    assert "needs CLICKPIPES_HTTP_KEY" in refused_here(
        run_here("store", "check", CLICKPIPES_STORE=address)
    )
    alone = run_here("store", "check", CLICKPIPES_STORE_PASSWORD="env:SOME")
    assert "CLICKPIPES_STORE names none" in refused_here(alone)
