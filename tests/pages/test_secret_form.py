"""The form for secrets: what it shows, what it takes, and what it never shows again."""

import base64

import anyio.to_thread
import pytest

from clickpipes_mcp.pages.visit import Visit
from tests.consent.test_secret_questions import AT_ONCE, CANARY, CREATE, kafka
from tests.pages.visitor import Visitor
from tests.serving import Served, error, facts

pytestmark = pytest.mark.anyio

_DER = base64.b64encode(b"\x30\x81\x80" + bytes(range(128))).decode()
CERTIFICATE = f"-----BEGIN CERTIFICATE-----\n{_DER}\n-----END CERTIFICATE-----\n"
BY_CERTIFICATE = {"certificate": "${ask:certificate}", "private_key": "${ask:key}"}
PRIVATE_KEY = CERTIFICATE.replace("CERTIFICATE", "PRIVATE KEY")


@pytest.fixture
async def served(serve) -> Served:
    return await serve(**AT_ONCE)


@pytest.fixture
async def page(served, visit) -> Visitor:
    return visit(await served.call(CREATE, **kafka()))


def by_certificate() -> dict[str, object]:
    return kafka(authentication="MUTUAL_TLS", credentials=BY_CERTIFICATE)


async def test_it_says_what_each_secret_is_where_it_is_found_and_where_it_goes(page) -> None:
    shown = await page.look()

    assert shown.status_code == 200
    for told in (
        "source.kafka.credentials.password",
        "Password or API secret.",
        "Goes to broker.example.com",
        "use an API key as username and its secret as password",
        "Open until 0",
    ):
        assert told in page.seen
    assert "no-store" in shown.headers["cache-control"]
    assert "default-src 'none'" in shown.headers["content-security-policy"]


async def test_all_secrets_of_a_call_stand_on_one_page_and_may_be_files(served, visit) -> None:
    page = visit(await served.call(CREATE, **by_certificate()))

    given = {"certificate": CERTIFICATE.encode(), "key": PRIVATE_KEY.replace("\n", "\r\n")}
    answered = await page.give(given)
    assert facts(await served.call(CREATE, **by_certificate()))

    assert answered.status_code == 200, page.seen
    credentials = served.plane.writes[0].body["source"]["kafka"]["credentials"]
    assert credentials == {
        "certificate": CERTIFICATE.removesuffix("\n"),
        "privateKey": PRIVATE_KEY.removesuffix("\n"),
    }


REFUSED = {
    "nothing": ("", "is empty"),
    "a variable": ("${HOME}", "is the name of a variable"),
    "several lines": (f"{CANARY}\n{CANARY}", "holds a line break"),
    "an address": (
        f"postgres://reader:{CANARY}@db.example.com/orders",
        "is an address with a login",
    ),
    "a file in UTF-16": (CANARY.encode("utf-16-le"), "holds the character NUL"),
    "no text": (b"\xff\xfe\x00" + CANARY.encode(), "is not text in UTF-8"),
}


@pytest.mark.parametrize(("given", "told"), REFUSED.values(), ids=REFUSED)
async def test_what_cannot_be_meant_is_refused_and_not_shown_again(
    served, page, given, told
) -> None:
    answered = await page.give({"password": given})

    assert answered.status_code == 422
    assert f"What you gave {told}" in page.seen
    assert CANARY not in answered.text
    assert error(await served.call(CREATE, **kafka()))["code"] == "secret_awaited"
    assert (await page.give({"password": CANARY})).status_code == 200
    assert facts(await served.call(CREATE, **kafka()))


@pytest.mark.parametrize(
    ("certificate", "key", "told"),
    [
        (CANARY, PRIVATE_KEY, "certificate: What you gave is no PEM"),
        (PRIVATE_KEY, PRIVATE_KEY, "certificate: What you gave holds a private key"),
        (CERTIFICATE, CERTIFICATE, "key: What you gave is a certificate"),
        (
            CERTIFICATE,
            PRIVATE_KEY.replace("PRIVATE", "ENCRYPTED PRIVATE"),
            "key: What you gave is locked with a passphrase",
        ),
        (CERTIFICATE, PRIVATE_KEY.replace("MIGA", "no"), "key: What you gave is a damaged PEM"),
    ],
)
async def test_keys_and_certificates_are_looked_at_on_the_spot(
    served, visit, certificate, key, told
) -> None:
    page = visit(await served.call(CREATE, **by_certificate()))

    answered = await page.give({"certificate": certificate, "key": key})

    assert answered.status_code == 422
    assert told in page.seen
    assert _DER not in answered.text
    assert CANARY not in answered.text


async def test_too_large_an_upload_is_refused_unread(served, page) -> None:
    answered = await page.give({"password": b"x" * (600 * 1024)})

    assert answered.status_code == 413
    assert error(await served.call(CREATE, **kafka()))["code"] == "secret_awaited"


@pytest.mark.parametrize(
    ("headers", "token", "status"),
    [
        ({"host": "evil.example"}, None, 421),
        ({"origin": "https://evil.example"}, None, 403),
        ({"sec_fetch_site": "cross-site"}, None, 403),
        ({}, "0" * 64, 403),
        ({}, "ä", 403),
        ({"content_type": "multipart/form-data"}, None, 400),
        ({"content_type": "text/plain"}, None, 400),
    ],
)
async def test_a_form_from_elsewhere_or_of_another_kind_keeps_nothing(
    served, page, headers, token, status
) -> None:
    answered = await page.give({"password": CANARY}, form_token=token, **headers)

    assert answered.status_code == status
    assert CANARY not in answered.text
    assert error(await served.call(CREATE, **kafka()))["code"] == "secret_awaited"
    assert served.plane.writes == []


async def test_a_page_that_is_over_takes_nothing(served, page, visit) -> None:
    await page.give({"password": CANARY})
    assert (await page.look()).status_code == 409

    late = visit(await served.call(CREATE, **kafka(brokers="other.example.com:9092")))
    await late.look()
    served.clock.advance(600)
    token = late.pages[0].text.partition('name="form_token" value="')[2][:64]
    files = {"form_token": (None, token), "decision": (None, "give"), "secret-0": (None, CANARY)}

    assert (await late.http.post(late.link, files=files)).status_code == 410
    assert (await late.http.get(late.link + "x")).status_code == 404


async def test_a_terminal_is_told_to_use_a_browser(page) -> None:
    with Visit(page.link) as visit:
        shown = await anyio.to_thread.run_sync(visit.look)

    assert shown.is_over
    assert shown.facts["title"] == "This link is for a browser"
    assert (await page.give({"password": CANARY})).status_code == 200


def hub(string: str) -> str:
    """A connection string of Event Hubs, in which a part may be left out."""
    parts = {"E": "Endpoint=sb://hub.example.com/", "N": "SharedAccessKeyName=reader"}
    return ";".join({**parts, "K": f"SharedAccessKey={CANARY}"}[one] for one in string)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (CANARY, "is no connection string"),
        (hub("EK"), "lacks a part, it needs Endpoint and SharedAccessKeyName and"),
        (f"AccountName=a;AccountKey={CANARY}", "lacks a part"),
        (hub("ENK"), ""),
    ],
)
async def test_a_connection_string_is_held_against_what_its_source_takes(
    served, visit, given, told
) -> None:
    by_string = {
        "type": "azureeventhub",
        "authentication": "PLAIN",
        "credentials": {"connection_string": "${ask:hub}"},
    }
    page = visit(await served.call(CREATE, **kafka(**by_string)))

    answered = await page.give({"hub": given})

    assert answered.status_code == (422 if told else 200)
    assert told in page.seen
    assert CANARY not in answered.text


async def test_how_long_the_form_is_open_is_said_anew_each_time(served, page) -> None:
    await page.look()
    assert ", 10 more minutes." in page.seen
    served.clock.advance(570)

    again = error(await served.call(CREATE, **kafka()))

    assert "The link works for less than a minute." in again["fix"]
    await page.look()
    assert ", less than a minute." in page.seen
