"""A PIN is what an assistant does not have: kept as a hash, tried five times, then a pause."""

import json
import os
import stat

import anyio
import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.consent import Pin
from clickpipes_mcp.errors import InvalidSettings
from tests.consent.test_gate import DANGERS, NAME, Danger, attempted
from tests.pages.test_approval import asked, repeated
from tests.serving import answering, error, facts, said

pytestmark = pytest.mark.anyio

PIN = "482-913"
NAMED = {"name": NAME}


@pytest.fixture(scope="module", autouse=True)
def _hashes_quickly():
    """What a try costs is shown once; here it would only cost time."""
    from clickpipes_mcp.consent import pin

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(pin._COST, "n", 2**4)
        yield


@pytest.fixture
def directory(tmp_path):
    Pin(tmp_path, ManualClock()).set(PIN)
    return tmp_path


@pytest.fixture(params=list(DANGERS))
def danger(request) -> Danger:
    return DANGERS[request.param]


async def test_the_right_pin_is_right_and_others_are_not(directory) -> None:
    pin = Pin(directory, ManualClock())

    assert (await pin.check(PIN)).is_right
    for wrong in ("", "482913", PIN + " ", "x" * 1000, "\ud800"):
        assert not (await Pin(directory, ManualClock()).check(wrong)).is_right
        assert (await pin.check(PIN)).is_right


def test_a_pin_is_kept_as_a_salted_hash_for_its_owner_alone(directory, tmp_path) -> None:
    kept = (directory / "pin").read_text()
    other = tmp_path / "other"
    Pin(other, ManualClock()).set(PIN)

    assert PIN not in kept
    assert stat.S_IMODE((directory / "pin").stat().st_mode) == 0o600
    assert json.loads(kept).keys() == {"salt", "hash"}
    assert json.loads(kept)["hash"] != json.loads((other / "pin").read_text())["hash"]


@pytest.mark.parametrize("weak", ["", "12345", "111111", " 123456", "x" * 200])
def test_a_pin_that_is_none_is_refused(tmp_path, weak) -> None:
    with pytest.raises(InvalidSettings):
        Pin(tmp_path, ManualClock()).set(weak)
    assert not Pin(tmp_path, ManualClock()).is_set


async def test_after_five_wrong_ones_even_the_right_one_has_to_wait(directory) -> None:
    clock = ManualClock()
    told = [(await Pin(directory, clock).check("guess-0")).problem for _ in range(5)]
    assert told[0] == "The PIN is wrong. 4 tries are left."
    assert told[3] == "The PIN is wrong. One try is left."
    assert told[4] == "The PIN is wrong. The next can be made in 15 minutes."

    refused = await Pin(directory, clock).check(PIN)
    assert not refused.is_right
    assert "Too many wrong PINs" in refused.problem

    clock.advance(901)
    assert (await Pin(directory, clock).check(PIN)).is_right
    assert (await Pin(directory, clock).check("guess-1")).problem.endswith("4 tries are left.")


async def test_tries_at_once_are_no_more_than_tries_one_by_one(directory) -> None:
    clock, problems = ManualClock(), []

    async def guess() -> None:
        problems.append((await Pin(directory, clock).check("guess-0")).problem)

    async with anyio.create_task_group() as many:
        for _ in range(20):
            many.start_soon(guess)

    judged = [problem for problem in problems if problem.startswith("The PIN is wrong")]
    assert len(judged) <= 5


async def test_where_tries_cannot_be_written_down_none_is_taken(directory) -> None:
    (directory / "pin.tries").symlink_to(directory / "elsewhere")

    assert not (await Pin(directory, ManualClock()).check(PIN)).is_right


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"salt": 1}'])
async def test_a_damaged_file_is_no_pin(directory, kept) -> None:
    (directory / "pin").write_text(kept)

    assert not Pin(directory, ManualClock()).is_set
    assert not (await Pin(directory, ManualClock()).check("")).is_right


async def test_a_pin_of_somebody_else_is_none(directory) -> None:
    os.link(directory / "pin", directory / "second name")

    assert not Pin(directory, ManualClock()).is_set


async def test_without_a_pin_that_is_wanted_nothing_goes(serve, tmp_path, era, danger) -> None:
    served = await serve(
        era=era,
        approval="pin",
        state_directory=tmp_path,
        person=answering("accept", **danger.right),
    )

    refusal = error(await attempted(served, danger))

    assert refusal["code"] == "consent_required"
    assert "clickpipes-mcp approve --set-pin" in refusal["fix"]
    assert served.plane.writes == []


async def test_a_form_asks_for_the_pin_too(serve, directory, era, danger) -> None:
    served = await serve(
        era=era,
        approval="pin",
        state_directory=directory,
        person=answering("accept", **danger.right, pin=PIN),
    )

    result = await attempted(served, danger)

    assert not result.is_error, said(result)
    assert len(served.plane.writes) == 1


@pytest.mark.parametrize("typed", [{}, {"pin": ""}, {"pin": "guess-0"}], ids=str)
async def test_a_form_without_the_right_pin_is_no_yes(serve, directory, era, danger, typed) -> None:
    served = await serve(
        era=era,
        approval="pin",
        state_directory=directory,
        person=answering("accept", **danger.right, **typed),
    )

    refusal = error(await attempted(served, danger))

    assert refusal["code"] == "consent_denied"
    assert served.plane.writes == []


async def test_the_page_asks_for_the_pin_too(serve, visit, directory, era) -> None:
    served = await serve(era=era, approval="pin", state_directory=directory)
    pipe, first = await asked(served, DANGERS["delete"])
    page = visit(first)

    wrong = await page.agree(**NAMED, pin="guess-0")

    assert wrong.status_code == 422
    assert "The PIN is wrong. 4 tries are left." in page.seen
    assert "guess" not in wrong.text
    await page.send(decision="agree", **NAMED, pin=PIN)
    assert facts(await repeated(served, DANGERS["delete"], pipe))


async def test_a_wrong_name_uses_up_no_try(serve, visit, directory) -> None:
    served = await serve(approval="pin", state_directory=directory)
    _, first = await asked(served, DANGERS["delete"])
    page = visit(first)

    await page.agree(name="wrong", pin="guess-0")
    await page.send(decision="agree", **NAMED, pin="guess-0")

    assert "4 tries are left" in page.seen


async def test_five_wrong_pins_on_pages_and_forms_close_both(serve, visit, directory) -> None:
    served = await serve(approval="pin", state_directory=directory, patience_s=0.0)
    pipe, first = await asked(served, DANGERS["delete"])
    page = visit(first)
    await page.look()
    for _ in range(5):
        await page.send(decision="agree", **NAMED, pin="guess-0")

    await page.send(decision="agree", **NAMED, pin=PIN)

    assert "Too many wrong PINs" in page.seen
    assert error(await repeated(served, DANGERS["delete"], pipe))["code"] == "consent_required"
    other = await serve(
        approval="pin",
        state_directory=directory,
        person=answering("accept", choice="stop it", pin=PIN),
    )
    assert error(await attempted(other, DANGERS["stop"]))["code"] == "consent_denied"
    assert served.plane.writes == other.plane.writes == []


@pytest.mark.parametrize("mode", ["chat", "dangerously-off"])
def test_a_proof_is_not_wanted_where_nobody_is_asked(mode) -> None:
    from clickpipes_mcp.settings import load_settings

    with pytest.raises(InvalidSettings, match="CLICKPIPES_APPROVAL=pin"):
        load_settings({}, approval="pin", consent=mode)
