"""Connections by name: what a table decides, and what it cannot loosen."""

import pytest

from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.settings import connections, load_settings

HALF = "example-half"


@pytest.fixture
def read(tmp_path):
    def read(text, environ=None, **settings):
        path = tmp_path / "connections.toml"
        path.write_text(text, encoding="utf-8")
        chosen = load_settings({"CLICKPIPES_CONNECTIONS": str(path)}, **settings)
        return connections(chosen, environ or {})

    return read


@pytest.fixture
def refused(read):
    def refused(text, environ=None, **settings):
        with pytest.raises(InvalidSettings) as caught:
            read(text, environ, **settings)
        assert HALF not in str(caught.value)
        return str(caught.value)

    return refused


def test_without_a_file_there_is_one_connection_without_a_name() -> None:
    chosen = connections(load_settings({"CLICKPIPES_CONNECTIONS": "off"}), {})

    assert (chosen.named, chosen.default.called, chosen.default.where) == ({}, None, "simulator")


def test_each_has_its_key_its_world_and_its_fences(read) -> None:
    chosen = read(
        'default = "prod"\n'
        '[prod]\nkey_id = "example"\nkey_secret = "env:PROD"\nallow = "read"\ncolour = "red"\n'
        '[dev]\nsimulator = true\nprotected = ["shared-*"]\n',
        {"PROD": HALF},
    )

    prod, dev = chosen.named["prod"], chosen.named["dev"]
    assert chosen.default is prod
    assert (prod.where, prod.level, prod.marked) == ("prod, cloud", "read", "red")
    assert prod.key_secret is not None
    assert prod.key_secret.get_secret_value() == HALF
    assert (dev.where, dev.level, dev.protected) == ("dev, simulator", "destroy", ("shared-*",))
    assert (dev.key_secret, dev.marked) == (None, None)


def test_the_fences_of_the_environment_hold_for_every_connection(read) -> None:
    chosen = read(
        '[dev]\nsimulator = true\nallow = "destroy"\nprotected = ["a"]\nown_only = false\n'
        "read_only = false\n",
        allow="write",
        protected="b",
        own_only=True,
        read_only=True,
    )

    dev = chosen.default
    assert (dev.allow, dev.level, dev.protected) == ("write", "read", ("b", "a"))
    assert dev.own_only


@pytest.mark.parametrize("written", ['["a"]', '"a"'], ids=["a list", "a text"])
def test_a_fence_is_added_however_it_is_written(read, written) -> None:
    chosen = read(f"[dev]\nsimulator = true\nprotected = {written}\n", protected="b")

    assert chosen.default.protected == ("b", "a")


@pytest.mark.parametrize(
    ("environment", "table", "holds"),
    [
        (None, "dangerously-off", "dangerously-off"),
        ("ask", "dangerously-off", "ask"),
        ("chat", "dangerously-off", "chat"),
        ("dangerously-off", "ask", "ask"),
        ("chat", "ask", "ask"),
    ],
)
def test_a_table_lets_nobody_off_whom_the_environment_has_asked(
    read, environment, table, holds
) -> None:
    chosen = read(f'[dev]\nsimulator = true\nconsent = "{table}"\n', consent=environment)

    assert chosen.default.consent == holds


def test_what_holds_for_the_server_is_taken_over_and_its_world_is_not(read) -> None:
    chosen = read(
        "[dev]\nsimulator = true\n", sources="s3", log_level="debug", organization_id=None
    )

    assert (chosen.default.sources, chosen.default.log_level) == (("s3",), "debug")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'[a]\nkey_id = "x"\nkey_secret = "{HALF}"\n', "[a] key_secret names the place"),
        ('[a]\nkey_id = "x"\n', "key_id and key_secret stand together"),
        ("[a]\n", "has no key"),
        ("[a]\nsimulator = false\n", "has no key"),
        ('[a]\nsimulator = true\nhttp = "8000"\n', "holds for the whole server"),
        ('[a]\nsimulator = true\nalow = "read"\n', "did you mean allow?"),
        ('[a]\nsimulator = true\nallow = "some"\n', "[a] allow must be"),
        ('[a]\nsimulator = true\ncolour = "pink"\n', "[a] colour must be"),
        ('[a]\nsimulator = true\nconsent = "off"\n', "dangerously-off"),
        ("[a]\nsimulator = true\n[b]\nsimulator = true\n", 'such as: default = "a"'),
        ('default = "c"\n[a]\nsimulator = true\n', "none of them: a"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_by_its_name(refused, text, told) -> None:
    assert told in refused(text)


def test_all_problems_are_told_at_once(refused) -> None:
    told = refused('[a]\nallow = "some"\nsimulator = true\n[b]\nnope = 1\n')

    assert "[a] allow" in told
    assert "[b] nope" in told
    assert "default" in told


def test_contradictions_are_those_of_a_connection(refused) -> None:
    assert "[a] CLICKPIPES_APPROVAL=pin" in refused(
        '[a]\nsimulator = true\nconsent = "chat"\n', approval="pin"
    )


def test_the_environment_chooses_the_default(read, refused) -> None:
    two = 'default = "a"\n[a]\nsimulator = true\n[b]\nsimulator = true\n'

    assert read(two, connection="b").default.called == "b"
    assert "none of them" in refused(two, connection="c")
    with pytest.raises(InvalidSettings, match="no file"):
        connections(load_settings({}, connections="off", connection="a"), {})
