"""The file of bearer tokens, and whose a token is."""

import sys

import pytest

from clickpipes_mcp.errors import InvalidSettings
from clickpipes_mcp.http.bearer import BearerTokens, read_tokens
from tests.http.served import ALICE

BOB = "bob-0123456789abcdef0123456789abcdef"


@pytest.fixture
def written(tmp_path):
    def write(text):
        file = tmp_path / "tokens"
        file.touch(0o600)
        file.write_text(text)
        return file

    return write


def test_a_line_is_a_name_and_a_token(written):
    tokens = read_tokens(written(f"# a comment\n\nalice {ALICE}\n  bob   {BOB}  \n"))
    assert tokens.names == ("alice", "bob")


def test_a_mark_of_byte_order_is_no_part_of_the_name(written):
    assert read_tokens(written(f"\ufeffalice {ALICE}\n")).names == ("alice",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "holds no token"),
        ("# nobody\n", "holds no token"),
        (f"{ALICE}\n", "line 1 is not a name, a space and a token"),
        (f"alice {ALICE} extra\n", "line 1 is not a name"),
        (f"alice {ALICE}é\n", "line 1 is not a name"),
        ("alice short\n", "line 1 is too easily guessed"),
        (f"alice {ALICE}\nalice {BOB}\n", "line 2 repeats a name or a token"),
        (f"alice {ALICE}\nbob {ALICE}\n", "line 2 repeats a name or a token"),
    ],
)
def test_what_else_stands_in_the_file_is_said_without_a_token(written, text, problem):
    with pytest.raises(InvalidSettings) as refused:
        read_tokens(written(text))
    told = f"{refused.value.message} {refused.value.fix}"
    assert problem in told
    assert ALICE not in told
    assert "short" not in told


def test_a_file_that_cannot_be_read_is_said(tmp_path, written):
    with pytest.raises(InvalidSettings, match="cannot be read"):
        read_tokens(tmp_path / "absent")
    binary = written("")
    binary.write_bytes(b"\xff\xfe alice\n")
    with pytest.raises(InvalidSettings, match="cannot be read"):
        read_tokens(binary)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps permissions elsewhere")
@pytest.mark.parametrize(
    ("mode", "is_safe"),
    [(0o400, True), (0o440, True), (0o600, True)]
    + [(mode, False) for mode in (0o604, 0o644, 0o602, 0o601, 0o620, 0o660, 0o444)],
)
def test_a_file_that_others_can_read_or_change_is_refused(written, mode, is_safe):
    file = written(f"alice {ALICE}\n")
    file.chmod(mode)
    if is_safe:
        assert read_tokens(file).names == ("alice",)
        return
    with pytest.raises(InvalidSettings, match="other users of this machine") as refused:
        read_tokens(file)
    assert "chmod 600" in str(refused.value.fix)


@pytest.mark.anyio
async def test_a_token_tells_whose_it_is_and_nothing_else_does():
    tokens = BearerTokens({"alice": ALICE, "bob": BOB}, ["pipes"])
    held = await tokens.verify_token(BOB)
    assert held is not None
    assert (held.client_id, held.scopes) == ("bob", ["pipes"])
    for wrong in ("", ALICE[:-1], ALICE.upper(), "alice", "\udcff"):
        assert await tokens.verify_token(wrong) is None
    assert ALICE not in repr(vars(tokens))
