"""The file in which the operator says where secrets may go."""

import sys

import pytest

from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.secret_bindings import read_bindings

KINDS = ("kafka", "postgres")


@pytest.fixture
def written(tmp_path):
    def write(text):
        file = tmp_path / "bindings"
        file.touch(0o600)
        file.write_text(text)
        return file

    return write


def test_without_a_file_nothing_is_bound():
    assert read_bindings(None, KINDS).of("env:CLICKPIPES_SECRET_PG") is None


BOUND = """
# production
env:CLICKPIPES_SECRET_PG_PROD  *.Corp.example  10.0.0.1   # and its replica
file:kafka/*                   kind:kafka
env:CLICKPIPES_SECRET_BOTH     *.corp.example kind:postgres
*                              nowhere
"""


@pytest.mark.parametrize(
    ("reference", "host", "kind", "may_go"),
    [
        ("env:CLICKPIPES_SECRET_PG_PROD", "db.corp.example", "postgres", True),
        ("env:CLICKPIPES_SECRET_PG_PROD", "10.0.0.1", "mysql", True),
        ("env:CLICKPIPES_SECRET_PG_PROD", "evil.example", "postgres", False),
        ("file:kafka/password", "evil.example", "kafka", True),
        ("file:kafka/password", "evil.example", "postgres", False),
        ("env:CLICKPIPES_SECRET_BOTH", "db.corp.example", "postgres", True),
        ("env:CLICKPIPES_SECRET_BOTH", "db.corp.example", "kafka", False),
        ("env:CLICKPIPES_SECRET_BOTH", "evil.example", "postgres", False),
        ("env:CLICKPIPES_SECRET_OTHER", "db.corp.example", "postgres", False),
        ("keyring:kafka", "db.corp.example", "postgres", False),
    ],
)
def test_the_first_line_about_a_reference_decides(written, reference, host, kind, may_go):
    binding = read_bindings(written(BOUND), KINDS).of(reference)
    assert binding is not None
    assert binding.allows(host, kind) is may_go


def test_what_no_line_is_about_is_not_bound(written):
    text = "env:CLICKPIPES_SECRET_PG db.example"
    assert read_bindings(written(text), KINDS).of("env:CLICKPIPES_SECRET_PG2") is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("env:CLICKPIPES_SECRET_PG", "line 1 is not a reference with hosts or kinds"),
        ("\nenv:CLICKPIPES_SECRET_PG *", "line 2 is not"),
        ("env:CLICKPIPES_SECRET_PG https://db", "line 1 is not"),
        ("env:CLICKPIPES_SECRET_PG nowhere db", "line 1 is not"),
        ("env:CLICKPIPES_SECRET_PG kind:oracle", "a kind that there is not: oracle"),
        ("${env:CLICKPIPES_SECRET_PG} db", "does not begin with a reference"),
        ("db.example.com env:CLICKPIPES_SECRET_PG", "line 1 is not"),
    ],
)
def test_what_else_stands_in_the_file_is_said(written, text, problem):
    with pytest.raises(InvalidSettings, match=problem):
        read_bindings(written(text), KINDS)


def test_a_file_that_cannot_be_read_is_said(tmp_path):
    with pytest.raises(InvalidSettings, match="cannot be read"):
        read_bindings(tmp_path / "absent", KINDS)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps permissions elsewhere")
@pytest.mark.parametrize(("mode", "is_safe"), [(0o644, True), (0o620, False), (0o602, False)])
def test_a_file_that_others_can_change_is_refused(written, mode, is_safe):
    file = written("* nowhere")
    file.chmod(mode)
    if is_safe:
        assert read_bindings(file, KINDS).of("env:X") is not None
        return
    with pytest.raises(InvalidSettings, match="can change it"):
        read_bindings(file, KINDS)
