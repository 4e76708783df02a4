import base64

import pytest

from clickpipes_mcp.pem import is_damaged

DER = b"\x30\x81\x80" + bytes(range(128))
WHOLE = base64.b64encode(DER).decode()


def pem(content: str, label: str = "CERTIFICATE") -> str:
    return f"-----BEGIN {label}-----\n{content}\n-----END {label}-----\n"


@pytest.mark.parametrize("label", ["CERTIFICATE", "PRIVATE " + "KEY", "RSA PRIVATE " + "KEY"])
def test_a_whole_pem_is_not_damaged(label):
    lines = "\n".join(WHOLE[at : at + 64] for at in range(0, len(WHOLE), 64))
    assert not is_damaged(pem(lines, label))
    assert not is_damaged(pem(lines.replace("\n", "\r\n"), label))


@pytest.mark.parametrize("text", ["", "MIIB", "-----BEGIN CERTIFICATE-----", pem(""), pem("AA==")])
def test_what_is_no_pem_or_a_placeholder_is_another_question(text):
    assert not is_damaged(text)


@pytest.mark.parametrize(
    "content",
    [
        WHOLE[:-40],
        WHOLE.replace("A", "*"),
        WHOLE.replace("M", "\\n"),
        base64.b64encode(b"x" * 90).decode(),
        "x",
        "MIIB...",
        "MIIé",
    ],
    ids=[
        "cut short",
        "no base64",
        "line breaks as text",
        "no certificate",
        "one letter",
        "left out",
        "no ASCII",
    ],
)
def test_a_damaged_pem_is_recognised(content):
    assert is_damaged(pem(content))


def test_one_damaged_certificate_of_a_chain_is_enough():
    assert is_damaged(pem(WHOLE) + pem(WHOLE[:-40]))


def test_an_encrypted_key_of_the_old_form_is_not_judged():
    head = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"
    assert not is_damaged(pem(head + base64.b64encode(b"x" * 90).decode(), "PRIVATE " + "KEY"))
