"""With a passkey only a device that verified its user agrees, and only to what was shown."""

from html import unescape
from typing import Any

import pytest
from mcp_types import ElicitRequestParams, ElicitRequestURLParams, ElicitResult

from tests.consent.test_gate import DANGERS, NAME, attempted
from tests.pages.authenticator import PRESENT, Authenticator
from tests.pages.test_approval import asked, repeated
from tests.pages.visitor import Visitor, link_in
from tests.serving import Served, answering, error, facts

pytestmark = pytest.mark.anyio

NAMED = {"name": NAME}


@pytest.fixture
def device(tmp_path) -> Authenticator:
    found = Authenticator()
    found.enrol(tmp_path)
    return found


@pytest.fixture
async def served(serve, tmp_path, era) -> Served:
    return await serve(era=era, approval="passkey", state_directory=tmp_path, patience_s=0.0)


def options(page: Visitor) -> str:
    return unescape(page.pages[-1].text.partition('data-options="')[2].partition('"')[0])


def origin(page: Visitor) -> str:
    return "/".join(page.link.split("/")[:3])


async def test_a_signature_of_the_question_agrees_to_it(served, visit, device) -> None:
    pipe, first = await asked(served, DANGERS["delete"])
    page = visit(first)
    await page.look()
    assert page.link.startswith("http://localhost:")

    signed = device.sign(options(page), origin(page))
    await page.send(decision="agree", **NAMED, passkey=signed)

    assert "You agreed" in page.seen
    assert facts(await repeated(served, DANGERS["delete"], pipe))


NO_SIGNATURE: dict[str, dict[str, Any]] = {
    "of a device that did not verify its user": {"flags": PRESENT},
    "for another site": {"rp_id": "evil.example"},
    "at another page": {"origin": "http://localhost:1"},
    "of another question": {"options": '{"challenge": "AAAA"}'},
}


@pytest.mark.parametrize("changed", NO_SIGNATURE.values(), ids=NO_SIGNATURE)
async def test_a_signature_does_not_agree(served, visit, device, changed) -> None:
    pipe, first = await asked(served, DANGERS["delete"])
    page = visit(first)
    await page.look()

    given = {"options": options(page), "origin": origin(page), **changed}
    await page.send(decision="agree", **NAMED, passkey=device.sign(**given))

    assert "The passkey does not fit this question." in page.seen
    assert error(await repeated(served, DANGERS["delete"], pipe))["code"] == "consent_required"
    assert served.plane.writes == []


@pytest.mark.parametrize("given", ["", "{", "{}", "null", "\ud800", '{"id": 1}'])
@pytest.mark.usefixtures("device")
async def test_what_is_no_signature_does_not_agree(served, visit, given) -> None:
    _, first = await asked(served, DANGERS["delete"])
    page = visit(first)
    await page.look()

    answered = await page.send(
        decision="agree", **NAMED, passkey=given.encode("utf-8", "replace").decode()
    )

    assert answered.status_code == 422


@pytest.mark.usefixtures("device")
async def test_another_passkey_does_not_agree(served, visit) -> None:
    _, first = await asked(served, DANGERS["delete"])
    page = visit(first)
    await page.look()

    signed = Authenticator().sign(options(page), origin(page))
    answered = await page.send(decision="agree", **NAMED, passkey=signed)

    assert answered.status_code == 422


@pytest.mark.usefixtures("device")
async def test_a_form_is_never_enough(serve, tmp_path, era) -> None:
    person = answering("accept", **NAMED)
    served = await serve(
        era=era, approval="passkey", state_directory=tmp_path, person=person, patience_s=0.0
    )

    result = await attempted(served, DANGERS["delete"])

    assert error(result)["code"] == "consent_required"
    assert served.plane.writes == []


async def test_without_a_passkey_that_is_wanted_nothing_goes(served) -> None:
    refusal = error(await attempted(served, DANGERS["delete"]))

    assert refusal["code"] == "consent_required"
    assert "clickpipes-mcp approve --enrol-passkey" in refusal["fix"]


class TestAClientThatOpensLinks:
    """It is asked to open the page, and the same call goes on when the person has agreed."""

    async def test_one_call_is_enough(self, serve, visit, tmp_path, device, era) -> None:
        opened = []

        async def opens_and_agrees(asked: ElicitRequestParams) -> ElicitResult:
            assert isinstance(asked, ElicitRequestURLParams)
            opened.append(asked.url)
            page = visit(asked.url)
            await page.look()
            signed = device.sign(options(page), origin(page))
            await page.send(decision="agree", **NAMED, passkey=signed)
            return ElicitResult(action="accept")

        served = await serve(
            era=era, approval="passkey", state_directory=tmp_path, person=opens_and_agrees
        )

        assert facts(await attempted(served, DANGERS["delete"]))
        assert len(opened) == 1

    @pytest.mark.usefixtures("device")
    async def test_opening_it_is_no_yes(self, serve, tmp_path, era) -> None:
        served = await serve(
            era=era,
            approval="passkey",
            state_directory=tmp_path,
            person=answering("accept"),
            patience_s=0.0,
        )

        pipe, first = await asked(served, DANGERS["delete"])

        assert error(first)["code"] == "consent_required"
        again = await repeated(served, DANGERS["delete"], pipe)
        assert link_in(again) == link_in(first)
        assert served.plane.writes == []

    @pytest.mark.parametrize("action", ["decline", "cancel"])
    @pytest.mark.usefixtures("device")
    async def test_not_opening_it_is_a_no(self, serve, tmp_path, era, action) -> None:
        served = await serve(
            era=era, approval="passkey", state_directory=tmp_path, person=answering(action)
        )

        result = await attempted(served, DANGERS["delete"])

        assert error(result)["code"] == "consent_denied"
        assert served.plane.writes == []
