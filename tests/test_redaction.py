import base64
import io
import json
import logging
import sys
import time
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickpipes_mcp.redaction import (
    MASK,
    QUIET_LOGGERS,
    RedactingFilter,
    Redactor,
    clean,
    configure_logging,
    is_secret_name,
    mask_url_credentials,
    redact,
    strip_invisible,
)

CANARY = "c4nary-Value"


@pytest.mark.parametrize(
    "text",
    [
        f"mongodb+srv://bob:{CANARY}@cluster.example.net/db?w=majority",
        f"postgres://bob:{CANARY}/with@signs@host.example.net:5432/db",
        f"https://{CANARY}@example.com/",
        f"password={CANARY}",
        f"Password: {CANARY}",
        f"sasl.password = '{CANARY}'",
        f'{{"secretKey": "{CANARY} with spaces"}}',
        json.dumps(json.dumps({"password": CANARY})),
        f"Endpoint=sb://ns/;SharedAccessKeyName=k;SharedAccessKey={CANARY}=;EntityPath=x",
        f"AccountName=a;AccountKey={CANARY}==;EndpointSuffix=core.windows.net",
        f"https://a.blob.core.windows.net/c?sv=2024&sig={CANARY}%3D&se=2030",
        f"https://b.s3.amazonaws.com/k?X-Amz-Signature={CANARY}&X-Amz-Expires=60",
        f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----",
        f"-----BEGIN RSA PRIVATE KEY-----\\n{CANARY}\\n",
        f"Authorization: Basic {CANARY}",
        f'"authorization": "Bearer {CANARY}"',
        f"sent basic {base64.b64encode(CANARY.encode()).decode()} to it",
        f"key eyJ0eXBlIjoic2VydmljZV9hY2NvdW50{CANARY}",
        f"key {base64.b64encode(json.dumps({'k': CANARY}, indent=2).encode()).decode()}",
        f"token={CANARY}",
        f"api_key={CANARY}",
        f"client_secret={CANARY}",
    ],
)
def test_what_looks_like_a_secret_is_masked(text):
    assert CANARY not in redact(text)
    assert CANARY not in clean(text)
    assert MASK in clean(text)


def test_keys_shaped_like_those_of_a_cloud_are_masked():
    id_shape = "AK" + "IA" + "Q" * 16
    secret_shape = "wJa/" * 9 + "K7+x"
    assert redact(f"id {id_shape}, key {secret_shape}.") == f"id {MASK}, key {MASK}."


def test_long_encoded_blobs_are_masked():
    assert redact(f"<{'QUJD' * 60}==>") == f"<{MASK}>"


@pytest.mark.parametrize(
    "text",
    [
        "password is required for basic authentication",
        "BAD_REQUEST: request body.source.postgres.port: '0'",
        "arn:aws:iam::000000000000:role/ClickHouseAccessRole-orders-production-west",
        "https://s3.us-east-1.amazonaws.com/bucket/Data2026/month01/day02/part0001/files.json",
        "id 6f0a3d52-1c47-4b8e-9a60-2f7d15c8e001",
        "checksum 356a192b7913b04c54574d18c28d46e6395428ab",
        "Current state: idle",
        "user=bob sortingKey=id primaryKey: id",
        "Endpoint=sb://ns/;SharedAccessKeyName=reader",
    ],
)
def test_what_a_reader_needs_is_kept(text):
    assert clean(text) == text


def test_only_the_secret_part_of_an_address_is_masked():
    text = "dial mongodb://bob:x@one.example.net,two.example.net/db failed"
    assert mask_url_credentials(text) == (
        f"dial mongodb://{MASK}@one.example.net,two.example.net/db failed"
    )


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        (f"tlsCertificateKeyFilePassword={CANARY}", f"tlsCertificateKeyFilePassword={MASK}"),
        (f"tlsCertificateKeyFilePass%77ord={CANARY}", f"tlsCertificateKeyFilePass%77ord={MASK}"),
        (f"authMechanismProperties=AWS_SESSION_TOKEN:{CANARY}", f"authMechanismProperties={MASK}"),
        (f"authMechanismProperties=A:b,AWS_SESSION_TOKEN%3A{CANARY}",
         f"authMechanismProperties={MASK}"),
        (f"password={CANARY} with <'\"?={CANARY}", f"password={MASK}"),
        (f"a=1;password={CANARY}", f"a={MASK}"),
    ],
)  # fmt: skip
def test_only_the_secret_parameters_of_an_address_are_masked(query, shown):
    text = f"mongodb://h/?w=majority&{query}&authMechanismProperties=SERVICE_NAME:x"
    assert mask_url_credentials(text) == text.replace(query, shown)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("mongodb://h/?appName=me@corp", "mongodb://h/?appName=me@corp"),
        ("mongodb://h1:27017,h2/db?a=b&appName=me@corp", None),
        ("mongodb://bob:pw@h/?appName=me@corp", f"mongodb://{MASK}@h/?appName=me@corp"),
        ("mongodb://bob@example.com:p/w?@h/db?a=b@c", f"mongodb://{MASK}@h/db?a=b@c"),
        ("mongodb://h1:27017/?retryWrites&appName=me@corp", None),
        ("mongodb://u:p@h/?retryWrites&n=me@corp", f"mongodb://{MASK}@h/?retryWrites&n=me@corp"),
        ("mongodb://h1:27017,[::1]:2/db@corp?a=b", f"mongodb://{MASK}?a=b"),
        ("mongodb://u:p@h/db@corp", f"mongodb://{MASK}"),
        ("https://h/?next=http://bob:pw@x", f"https://h/?next=http://{MASK}@x"),
        ("https://h/http://bob:pw@x", f"https://h/http://{MASK}@x"),
        ("https://h/users/@me", None),
        ("redis://:pw@h", f"redis://{MASK}@h"),
        ("amqp://@h", None),
    ],
)
def test_a_login_ends_before_the_query_of_an_address(address, shown):
    assert mask_url_credentials(f"dial {address}") == f"dial {shown or address}"


def test_an_encoded_separator_does_not_hide_a_secret():
    assert CANARY not in clean(f"h/?authMechanismProperties=AWS_SESSION_TOKEN%3A{CANARY}")


@pytest.mark.parametrize(
    "name", ["password", "secretKey", "serviceAccountKey", "connectionString", "PRIVATE_KEY"]
)
def test_names_of_secret_fields_are_recognised(name):
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["sortingKeys", "partitionKey", "accessKeyId", "username", "uri"])
def test_names_of_other_fields_are_not(name):
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "form",
    [
        str,
        json.dumps,
        lambda value: json.dumps(value, ensure_ascii=False),
        repr,
        lambda value: quote(value, safe=""),
        lambda value: base64.b64encode(value.encode()).decode(),
        lambda value: base64.urlsafe_b64encode(value.encode()).decode().rstrip("="),
    ],
)
@pytest.mark.parametrize("value", ['he said "ünlock"\n?>', "plain-example-value"])
def test_a_known_secret_is_masked_in_every_spelling(form, value):
    spelled = form(value)
    cleaned = Redactor([value]).clean(f"echo <{spelled}> end")
    assert MASK in cleaned
    assert "nlock" not in cleaned
    assert spelled.strip("'\"") not in cleaned


def test_a_known_key_is_masked_line_by_line():
    key = "-----BEGIN X-----\nfirst-line-of-key\nsecond-line-of-key\n-----END X-----\n"
    assert Redactor([key]).clean("bad line: second-line-of-key") == f"bad line: {MASK}"


def test_a_short_secret_is_masked_as_a_word_only():
    assert Redactor(["p"]).clean("p is not in pipe, 'p'") == f"{MASK} is not in pipe, '{MASK}'"


def test_invisible_characters_within_a_secret_do_not_hide_it():
    assert Redactor(["c4nary-Value"]).clean("c4nary\u200b-\u00adValue") == MASK


def test_a_known_secret_that_is_a_plain_word_is_masked_in_a_line():
    assert Redactor(["hunter-two"]).clean("hunter-two") == MASK
    assert Redactor(["hunter-two"]).clean("hunter-three") == "hunter-three"


def test_a_redactor_learns_without_forgetting():
    redactor = Redactor(["first-secret"]).knowing(["second-secret"])
    assert redactor.clean("first-secret second-secret") == f"{MASK} {MASK}"


def test_a_redactor_does_not_show_what_it_knows():
    assert "canary" not in repr(Redactor(["canary-value"]))


def test_data_is_masked_only_where_chance_is_ruled_out():
    redactor = Redactor(["postgres", "eleven-long", "twelve-long!"])
    shown = redactor.mask_echoes("postgres eleven-long twelve-long!")
    assert shown == f"postgres eleven-long {MASK}"


@settings(database=None)
@given(
    secret=st.text(min_size=6, max_size=40).filter(lambda s: s.strip() and s not in MASK),
    before=st.text(max_size=40),
    after=st.text(max_size=40),
)
def test_no_known_secret_survives_in_any_surroundings(secret, before, after):
    visible = strip_invisible(secret)
    cleaned = Redactor([secret]).clean(f"{before}{secret}{after}")
    if len(visible) >= 6 and visible not in strip_invisible(before + " " + after):
        assert visible not in cleaned.replace(MASK, "")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\x1b[31mred\x1b[0m", "ared"),
        ("title\x1b]0;owned\x07 set", "title set"),
        ("open\x1b]8;;https://example.com", "open"),
        ("back\x08space\x00", "backspace"),
        ("right\u202eleft\u2066x\u2069", "rightleftx"),
        ("zero\u200bwidth\u2060\ufeff", "zerowidth"),
        ("tags\U000e0041\U000e0042", "tags"),
        ("variation\ufe0f\U000e0101", "variation"),
        ("blank\u3164\u2800letters", "blankletters"),
        ("half\ud800pair", "halfpair"),
        ("one\r\ntwo\tthree\u2028four\x85five", "one two three four five"),
        ("  ünïcode stays  ", "ünïcode stays"),
    ],
)
def test_what_cannot_be_seen_is_taken_out(text, seen):
    assert strip_invisible(text) == seen


@settings(database=None)
@given(st.text())
def test_cleaned_text_is_one_printable_line(text):
    cleaned = clean(text, limit=80)
    assert len(cleaned) <= 80
    assert cleaned.isprintable() or all(c.isprintable() or c == "\u3000" for c in cleaned)


def test_long_text_is_cut_and_shows_it():
    assert clean("x" * 30, limit=10) == "xxxxxxxxx…"


HOSTILE = [
    "://:", "://a:", "a@://", "A-", "eyJ", "password ", '"\\', "\x1b]", "\x1b[", "basic ", "?a=",
    "authorization:" + " " * 60_000, "-----BEGIN PRIVATE KEY-----", "e\u200b", "kn0wn-canar",
]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda text: repr(text[:16]))
@pytest.mark.parametrize("size", [60_000, 1_000_000])
def test_hostile_text_is_cleaned_within_a_second_of_computing(hostile, size):
    text = (hostile * (size // len(hostile) + 1))[:size]
    began = time.thread_time()
    assert len(Redactor(["kn0wn-canary"]).clean(text)) <= 500
    mask_url_credentials(text)
    redact(text)
    assert time.thread_time() - began < 5 * size / 1_000_000 + 0.5


@pytest.fixture
def logger():
    return logging.getLogger("clickpipes_mcp.tests.redaction")


@pytest.fixture
def written(logger):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(RedactingFilter(Redactor(["kn0wn-canary"])))
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


def test_logged_arguments_are_redacted(logger, written):
    logger.warning("%s and %s\nfake line", "kn0wn-canary", "password=canary")
    assert written.getvalue() == f"{MASK} and password={MASK} fake line\n"


def test_the_end_of_a_very_long_traceback_is_kept(logger, written):
    def fail() -> None:
        raise ValueError("x" * 1_000_000 + " kn0wn-canary the end")

    try:
        fail()
    except ValueError:
        logger.exception("it failed")
    assert written.getvalue().rstrip().endswith(f"{MASK} the end")
    assert len(written.getvalue()) < 100_000


def test_logged_tracebacks_are_redacted(logger, written):
    def fail() -> None:
        raise ValueError("kn0wn-canary in https://bob:canary@example.com")

    try:
        fail()
    except ValueError:
        logger.exception("it failed", stack_info=True)
    assert "canary" not in written.getvalue()
    assert "ValueError" in written.getvalue()


def test_a_logged_stack_is_redacted(logger, written):
    logger.warning("it failed", stack_info=True)  # the line of the stack with kn0wn-canary
    assert "the line of the stack" in written.getvalue()
    assert "canary" not in written.getvalue()


def test_a_secret_through_which_a_long_traceback_is_cut_leaves_no_rest():
    longest = "a known secret with many words in it" * 20
    redacting = RedactingFilter(Redactor([longest]))
    record = logging.makeLogRecord({"msg": "it failed", "exc_text": longest + "x" * 65_000})
    redacting.filter(record)
    assert "many words" not in record.exc_text


@pytest.fixture
def _untouched_logging():
    root = logging.getLogger()
    before = (
        root.level,
        root.handlers[:],
        {name: logging.getLogger(name).level for name in QUIET_LOGGERS},
    )
    yield
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    for name, level in before[2].items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.usefixtures("_untouched_logging")
def test_logging_goes_to_standard_error_once_and_redacted():
    root = logging.getLogger()
    root.handlers[:] = []
    configure_logging("info")
    configure_logging("error", Redactor(["kn0wn-canary"]))
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    assert handler.stream is sys.stderr
    assert len(handler.filters) == 1
    assert root.level == logging.ERROR


@pytest.mark.usefixtures("_untouched_logging")
def test_existing_handlers_are_kept_and_redacted():
    root = logging.getLogger()
    existing = logging.NullHandler()
    root.handlers[:] = [existing]
    configure_logging("info")
    assert root.handlers == [existing]
    assert isinstance(existing.filters[0], RedactingFilter)


@pytest.mark.usefixtures("_untouched_logging")
@pytest.mark.parametrize("name", QUIET_LOGGERS)
def test_libraries_that_log_addresses_or_answers_are_kept_quiet(name):
    configure_logging("debug")
    assert not logging.getLogger(name).isEnabledFor(logging.INFO)
