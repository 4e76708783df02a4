"""Which tokens of an issuer are good here, and what happens while its keys cannot be read."""

import base64
import gzip
import json
import time
from collections.abc import Mapping

import anyio
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.errors import InvalidSettings, Unreachable, UnreadableAnswer
from clickpipes_mcp.http.fetching import MAX_BYTES, JsonReader
from clickpipes_mcp.http.issued_tokens import (
    KEYS_LAST_S,
    LEAST_PAUSE_S,
    PAUSE_AFTER_A_FAILURE_S,
    JwtVerifier,
)
from clickpipes_mcp.simulator.serving.serve import serving
from tests.http.issuer import AUDIENCE, issuing
from tests.http.served import application, bearer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def issuer():
    async with issuing() as one:
        yield one


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def verifier(issuer, clock) -> JwtVerifier:
    return JwtVerifier(issuer.url, AUDIENCE, JsonReader(None), clock)


async def test_a_token_made_out_to_this_server_says_who_calls(issuer, verifier):
    caller = await verifier.verify_token(issuer.token())
    assert caller is not None
    assert (caller.client_id, caller.subject) == ("an assistant", "alice")
    assert caller.scopes == ["pipes", "read"]
    assert caller.claims == {"iss": issuer.url}


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://another.example.com/mcp"},
        {"aud": None},
        {"iss": "https://another.example.com"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"exp": None},
    ],
    ids=str,
)
async def test_a_token_for_somebody_else_is_refused(issuer, verifier, claims):
    assert await verifier.verify_token(issuer.token(**claims)) is None


@pytest.mark.parametrize(("claim", "from_now_s"), [("exp", -31), ("nbf", 3600)])
async def test_a_token_for_another_time_is_refused(issuer, verifier, claim, from_now_s):
    token = issuer.token(**{claim: int(time.time()) + from_now_s})
    assert await verifier.verify_token(token) is None


async def test_a_token_stays_good_for_half_a_minute_after_its_end(issuer, verifier):
    await verifier.verify_token(issuer.token())
    ended = int(time.time()) - 5

    caller = await verifier.verify_token(issuer.token(exp=ended))

    assert caller is not None
    assert caller.expires_at == ended + 30


async def test_a_token_for_several_audiences_is_good_if_this_is_one(issuer, verifier):
    token = issuer.token(aud=["https://another.example.com/mcp", AUDIENCE])
    assert await verifier.verify_token(token) is not None


async def test_a_token_signed_by_somebody_else_is_refused(issuer, verifier):
    foreign = ec.generate_private_key(ec.SECP256R1())
    assert await verifier.verify_token(issuer.token(key=foreign)) is None


async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(issuer, verifier):
    shared = issuer.token(key="an invented secret of more than 32 bytes", algorithm="HS256")
    assert await verifier.verify_token(shared) is None


async def test_a_token_that_is_not_signed_is_refused(issuer, verifier):
    def part(content: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    claims = jwt.decode(issuer.token(), options={"verify_signature": False})
    unsigned = f"{part({'alg': 'none', 'kid': 'first'})}.{part(claims)}."
    assert await verifier.verify_token(unsigned) is None


async def test_a_token_that_names_no_algorithm_is_refused(issuer, verifier):
    await verifier.verify_token(issuer.token())
    head = base64.urlsafe_b64encode(b'{"kid":"first"}').decode().rstrip("=")
    _, claims, signature = issuer.token().split(".")
    assert await verifier.verify_token(f"{head}.{claims}.{signature}") is None


async def test_an_end_that_is_written_as_text_is_read(issuer, verifier):
    assert await verifier.verify_token(issuer.token(exp="9999999999")) is not None


async def test_an_issuer_that_tells_of_another_first_is_asked_again(issuer, verifier):
    issuer.first_metadata = {"issuer": "https://another.example.com"}
    assert await verifier.verify_token(issuer.token()) is not None


@pytest.mark.parametrize("rubbish", ["", "a.b.c", "x" * 5000, "é", "."])
async def test_what_is_no_token_is_refused_without_asking_the_issuer(issuer, verifier, rubbish):
    assert await verifier.verify_token(rubbish) is None
    assert issuer.asked == []


async def test_keys_are_read_once_and_again_when_they_have_aged(issuer, verifier, clock):
    for _ in range(3):
        assert await verifier.verify_token(issuer.token()) is not None
    clock.advance(KEYS_LAST_S - 1)
    await verifier.verify_token(issuer.token())
    assert issuer.asked.count("/keys") == 1
    clock.advance(2)
    await verifier.verify_token(issuer.token())
    assert issuer.asked.count("/keys") == 2


async def test_a_key_that_is_withdrawn_is_good_no_longer_than_the_keys_last(
    issuer, verifier, clock
):
    token = issuer.token()
    assert await verifier.verify_token(token) is not None
    issuer.rotate("second")
    clock.advance(KEYS_LAST_S + 1)
    assert await verifier.verify_token(token) is None


async def test_a_new_key_is_looked_for_but_not_at_every_token(issuer, verifier, clock):
    await verifier.verify_token(issuer.token())
    issuer.rotate("second")
    for _ in range(5):
        assert await verifier.verify_token(issuer.token()) is None
    assert issuer.asked.count("/keys") == 1
    clock.advance(LEAST_PAUSE_S + 1)
    assert await verifier.verify_token(issuer.token()) is not None


async def test_known_keys_stay_good_while_the_issuer_is_down(issuer, verifier, clock):
    await verifier.verify_token(issuer.token())
    issuer.is_down = True
    clock.advance(KEYS_LAST_S + 1)
    assert await verifier.verify_token(issuer.token()) is not None


async def test_nobody_is_let_in_before_the_keys_could_be_read_and_soon_after(
    issuer, verifier, clock
):
    issuer.is_down = True
    assert await verifier.verify_token(issuer.token()) is None
    issuer.is_down = False
    assert await verifier.verify_token(issuer.token()) is None
    clock.advance(PAUSE_AFTER_A_FAILURE_S + 0.1)
    assert await verifier.verify_token(issuer.token()) is not None


async def test_whoever_comes_while_the_keys_are_read_waits_for_them(issuer, verifier):
    callers = []

    async def call() -> None:
        callers.append(await verifier.verify_token(issuer.token()))

    async with anyio.create_task_group() as tasks:
        for _ in range(12):
            tasks.start_soon(call)
    assert None not in callers
    assert issuer.asked.count("/keys") == 1


@pytest.mark.parametrize("algorithm", ["RS256", "RS512", "PS256"])
async def test_a_key_without_an_algorithm_is_good_for_all_of_its_kind(issuer, verifier, algorithm):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    issuer.published = [issuer.as_jwk(key.public_key(), RSAAlgorithm)]
    token = issuer.token(key=key, algorithm=algorithm)
    assert await verifier.verify_token(token) is not None


@pytest.mark.parametrize(
    "published",
    [[], [{"kty": "EC", "kid": ["first"]}], [{"kty": "oct", "kid": "first", "k": "c2VjcmV0"}]],
)
async def test_an_issuer_without_keys_that_sign_lets_nobody_in(issuer, verifier, published):
    issuer.published = published
    assert await verifier.verify_token(issuer.token()) is None


async def test_a_key_that_is_published_for_encryption_does_not_sign(issuer, verifier):
    signing = issuer.keys["first"].public_key()
    issuer.published = [{**issuer.as_jwk(signing, ECAlgorithm), "use": "enc"}]
    assert await verifier.verify_token(issuer.token()) is None


async def test_metadata_of_another_issuer_is_not_followed(issuer, verifier):
    issuer.metadata = {"issuer": "https://another.example.com"}
    assert await verifier.verify_token(issuer.token()) is None
    assert "/keys" not in issuer.asked


class Answering:
    """Answers whatever address is asked, as the whole internet would."""

    def __init__(self, issuer: str, keys_at: str, keys: list[object]) -> None:
        self.asked: list[str] = []
        self._metadata = {"issuer": issuer, "jwks_uri": keys_at}
        self._keys = {"keys": keys}

    async def __call__(self, address: str) -> Mapping[str, object]:
        self.asked.append(address)
        return self._metadata if "/.well-known/" in address else self._keys


@pytest.mark.parametrize(
    ("named", "keys_at", "is_followed"),
    [
        ("https://login.example.com", "https://keys.example.com/", True),
        ("https://login.example.com", "http://keys.example.com/", False),
        ("https://login.example.com", "http://login.example.com/keys", False),
        ("https://login.example.com", "http://127.0.0.1:8080/keys", False),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/keys", True),
        ("http://127.0.0.1:8080", "http://keys.example.com/", False),
        ("https://login.example.com", "ftp://127.0.0.1/keys", False),
        ("https://login.example.com", "file:///etc/passwd", False),
        ("https://login.example.com", "https://[", False),
        ("https://login.example.com", "https:///keys", False),
        ("https://login.example.com", "", False),
    ],
)
async def test_keys_are_asked_for_where_nobody_can_change_them(
    issuer, clock, named, keys_at, is_followed
):
    key = {**issuer.as_jwk(issuer.keys["first"].public_key(), ECAlgorithm), "alg": "ES256"}
    internet = Answering(named, keys_at, [key])
    verifier = JwtVerifier(named, AUDIENCE, internet, clock)
    caller = await verifier.verify_token(issuer.token(iss=named))
    assert (caller is not None) == is_followed
    assert (keys_at in internet.asked) == is_followed


@pytest.mark.parametrize(
    "answer", [b"[]", b"nothing", b"x" * (MAX_BYTES + 1)], ids=["list", "text", "endless"]
)
async def test_a_document_that_is_no_small_object_is_refused(answer):
    async def app(_scope, _receive, send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": answer})

    async with serving(app, "127.0.0.1", 0) as port:
        with pytest.raises(UnreadableAnswer, match=r"JSON|longer than 256 KiB"):
            await JsonReader(None)(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    ("encoding", "problem"), [("gzip", "longer than"), ("gzip, gzip", "asked")]
)
async def test_a_document_that_would_unpack_to_very_much_is_refused(encoding, problem):
    packed = gzip.compress(b" " * (16 << 20))
    asked: list[bytes] = []

    async def app(scope, _receive, send) -> None:
        asked.append(dict(scope["headers"])[b"accept-encoding"])
        headers = [(b"content-encoding", encoding.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": packed})

    async with serving(app, "127.0.0.1", 0) as port:
        with pytest.raises(UnreadableAnswer, match=problem):
            await JsonReader(None)(f"http://127.0.0.1:{port}/")
    assert asked == [b"identity"]


async def test_a_file_of_authorities_that_is_none_is_said(tmp_path):
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(InvalidSettings, match="cannot be set up"):
        await JsonReader(tmp_path / "ca.pem")("https://127.0.0.1:9/")


async def test_this_machine_is_asked_without_a_proxy(issuer, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert await JsonReader(None)(f"{issuer.url}/keys")


async def test_an_address_where_nobody_answers_is_said():
    with pytest.raises(Unreachable, match="could not be reached"):
        await JsonReader(None)("http://127.0.0.1:9/")


async def test_a_caller_with_such_a_token_is_let_in_and_others_learn_where_to_get_one(issuer):
    chosen = {"http_url": AUDIENCE, "http_issuer": issuer.url, "http_scope": "pipes"}
    async with application(**chosen) as running:
        assert (await running.ping(**bearer(issuer.token()))).status_code == 200
        assert (await running.ping(**bearer(issuer.token(scope="other")))).status_code == 403
        refused = await running.ping()
        _, _, place = refused.headers["www-authenticate"].partition('resource_metadata="')
        async with running.http() as client:
            told = (
                await client.get(place.rstrip('"').removeprefix("http://127.0.0.1:8000"))
            ).json()
    assert refused.status_code == 401
    assert told["resource"] == AUDIENCE
    assert told["authorization_servers"] == [issuer.url]
    assert told["scopes_supported"] == ["pipes"]
