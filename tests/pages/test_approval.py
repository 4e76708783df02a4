"""A person agrees on a page, in the place of a client that cannot ask: both eras."""

import json

import anyio
import pytest

from clickpipes_mcp.consent import Operation
from clickpipes_mcp.pages.approval import BUTTONS
from tests.consent.test_gate import DANGERS, NAME, Danger
from tests.pages.visitor import link_in
from tests.serving import KAFKA, PIPES, Served, error, facts, said

pytestmark = pytest.mark.anyio

NAMED = {"name": NAME}
AT_ONCE = {"patience_s": 0.0}


@pytest.fixture(params=list(DANGERS))
def danger(request) -> Danger:
    return DANGERS[request.param]


async def asked(served: Served, danger: Danger) -> tuple[str, object]:
    """The call that asks: the pipe, and the answer with the link."""
    pipe = await served.pipe(danger.body, state=danger.state)
    return pipe, await repeated(served, danger, pipe)


async def repeated(served: Served, danger: Danger, pipe: str) -> object:
    return await served.call(danger.tool, clickpipe=pipe, **danger.arguments)


async def test_what_is_agreed_to_on_the_page_is_done_by_the_second_call(
    serve, visit, era, danger
) -> None:
    served = await serve(era=era)
    pipe, first = await asked(served, danger)
    page = visit(first)

    answered = await page.agree(**danger.right)
    result = await repeated(served, danger, pipe)

    assert answered.status_code == 200
    assert "You agreed" in page.seen
    assert not result.is_error, said(result)
    assert [(write.method, write.body) for write in served.plane.writes] == [
        (danger.method, danger.sent)
    ]


async def test_the_first_call_refuses_with_the_facts_and_a_link(serve, era, danger) -> None:
    served = await serve(era=era)

    _, first = await asked(served, danger)

    refusal = error(first)
    assert refusal["code"] == "consent_required"
    assert danger.lost in refusal["problem"]
    assert f"\n{link_in(first)}\n" in refusal["fix"], "on a line of its own: shown as a link"
    assert served.plane.writes == []


async def test_the_page_says_what_is_lost_what_stays_and_whether_it_can_be_undone(
    serve, visit, danger
) -> None:
    served = await serve()
    _, first = await asked(served, danger)
    page = visit(first)

    shown = await page.look()

    assert shown.status_code == 200
    for told in (NAME, "Lost", danger.lost, "Stays", danger.undo, "simulator", "Open until 0"):
        assert told in page.seen


async def test_a_repeated_call_waits_for_the_answer_and_tells_so(serve, visit, era) -> None:
    served = await serve(era=era)
    served.listens = True
    pipe, first = await asked(served, DANGERS["delete"])
    page, results = visit(first), []

    async def repeat() -> None:
        results.append(await repeated(served, DANGERS["delete"], pipe))

    async with anyio.create_task_group() as both:
        both.start_soon(repeat)
        await anyio.wait_all_tasks_blocked()
        assert results == []
        await page.agree(**NAMED)

    assert facts(results[0])
    assert served.progress[0][2] == "waiting for the person's answer"


async def test_nobody_waits_for_ever(serve, era) -> None:
    served = await serve(era=era, **AT_ONCE)
    pipe, first = await asked(served, DANGERS["delete"])
    served.clock.advance(61)

    again = await repeated(served, DANGERS["delete"], pipe)

    assert error(again)["code"] == "consent_required"
    assert link_in(again) == link_in(first)
    assert "Nobody has answered on the page yet." in error(again)["problem"]
    assert "The same link works for 8 more minutes" in error(again)["fix"]
    assert served.plane.writes == []


async def test_a_link_in_the_place_of_another_says_that_the_other_is_void(serve) -> None:
    served = await serve(**AT_ONCE)
    pipe, first = await asked(served, DANGERS["delete"])
    assert "void" not in error(first)["fix"]
    await served.plane.by_somebody_else("PATCH", f"{PIPES}/{pipe}", {"name": "renamed"})

    anew = await repeated(served, DANGERS["delete"], pipe)

    assert link_in(anew) != link_in(first)
    assert error(anew)["fix"].startswith("The earlier link is void")


async def test_declining_on_the_page_changes_nothing(serve, visit, era, danger) -> None:
    served = await serve(era=era)
    pipe, first = await asked(served, danger)
    page = visit(first)

    await page.decline()
    result = await repeated(served, danger, pipe)

    assert "You declined" in page.seen
    assert error(result)["code"] == "consent_denied"
    assert served.plane.writes == []


LOOKS_ALIKE = NAME.replace("o", "\u043e", 1)
WRONG_NAMES = {
    "nothing": ("", "Type the name to go ahead."),
    "blanks": ("   ", "Type the name to go ahead."),
    "part of it": (NAME[:-1], "This is not the name."),
    "another case": (NAME.upper(), "upper and lower case"),
    "a look-alike": (LOOKS_ALIKE, "“\u043e” is CYRILLIC SMALL LETTER O"),
}


@pytest.mark.parametrize(("typed", "told"), WRONG_NAMES.values(), ids=WRONG_NAMES)
async def test_another_name_than_the_exact_one_is_refused(serve, visit, typed, told) -> None:
    served = await serve(**AT_ONCE)
    pipe, first = await asked(served, DANGERS["delete"])
    page = visit(first)

    answered = await page.agree(name=typed)

    assert answered.status_code == 422
    assert told in page.seen
    assert error(await repeated(served, DANGERS["delete"], pipe))["code"] == "consent_required"
    assert served.plane.writes == []


async def test_a_wrong_name_can_be_corrected(serve, visit) -> None:
    served = await serve()
    pipe, first = await asked(served, DANGERS["delete"])
    page = visit(first)

    await page.agree(name="orders")
    await page.send(decision="agree", **NAMED)

    assert facts(await repeated(served, DANGERS["delete"], pipe))


async def test_a_form_without_a_decision_decides_nothing(serve, visit) -> None:
    served = await serve(**AT_ONCE)
    pipe, first = await asked(served, DANGERS["delete"])
    page = visit(first)

    await page.look()
    answered = await page.send(**NAMED)

    assert answered.status_code == 422
    assert error(await repeated(served, DANGERS["delete"], pipe))["code"] == "consent_required"


async def test_a_page_is_answered_once(serve, visit, era) -> None:
    served = await serve(era=era)
    pipe, first = await asked(served, DANGERS["stop"])
    page = visit(first)
    await page.agree()
    facts(await repeated(served, DANGERS["stop"], pipe))
    served.clock.advance(60)
    await served.command(pipe, "start")
    served.clock.advance(60)

    replayed = await page.send(decision="agree", form_token="0" * 64)
    again = await repeated(served, DANGERS["stop"], pipe)

    assert replayed.status_code == 409
    assert "already answered" in page.seen
    assert error(again)["code"] == "consent_required"
    assert link_in(again) != page.link
    assert len(served.plane.writes) == 1


async def test_a_yes_cannot_be_taken_back_or_given_twice(serve, visit) -> None:
    served = await serve()
    _, first = await asked(served, DANGERS["delete"])
    page = visit(first)
    await page.look()
    form = page.pages[-1]

    await page.send(decision="agree", **NAMED)
    page.pages.append(form)
    answered = await page.send(decision="decline")

    assert answered.status_code == 409
    assert "You agreed." in page.seen


async def test_an_answer_that_two_calls_wait_for_is_used_once(serve, visit) -> None:
    served = await serve()
    pipe, first = await asked(served, DANGERS["delete"])
    codes, told = [], []

    async def repeat() -> None:
        result = await repeated(served, DANGERS["delete"], pipe)
        codes.append(error(result)["code"] if result.is_error else "done")
        told.append(said(result))

    async with anyio.create_task_group() as all_of_them:
        all_of_them.start_soon(repeat)
        all_of_them.start_soon(repeat)
        await visit(first).agree(**NAMED)

    assert sorted(codes) == ["consent_stale", "done"]
    assert "Nothing was changed" not in "".join(told)
    assert len(served.plane.writes) == 1


async def test_a_question_expires(serve, visit, era) -> None:
    served = await serve(era=era, **AT_ONCE)
    pipe, first = await asked(served, DANGERS["delete"])
    page = visit(first)
    await page.look()
    served.clock.advance(600)

    answered = await page.send(decision="agree", **NAMED)

    assert answered.status_code == 410
    assert "expired" in page.seen
    again = await repeated(served, DANGERS["delete"], pipe)
    assert link_in(again) != page.link
    assert served.plane.writes == []


async def test_a_yes_expires(serve, visit) -> None:
    served = await serve(**AT_ONCE)
    pipe, first = await asked(served, DANGERS["delete"])
    await visit(first).agree(**NAMED)
    served.clock.advance(600)

    again = await repeated(served, DANGERS["delete"], pipe)

    assert error(again)["code"] == "consent_required"
    assert served.plane.writes == []


async def test_a_pipe_that_changed_before_the_second_call_is_asked_about_anew(
    serve, visit, era
) -> None:
    served = await serve(era=era, **AT_ONCE)
    pipe, first = await asked(served, DANGERS["delete"])
    page = visit(first)
    await page.agree(**NAMED)
    await served.plane.by_somebody_else("PATCH", f"{PIPES}/{pipe}", {"name": "another"})

    again = await repeated(served, DANGERS["delete"], pipe)

    assert error(again)["code"] == "consent_required"
    await page.look()
    assert "so you are asked anew" in page.seen
    renamed = visit(again)
    assert (await renamed.agree(**NAMED)).status_code == 422
    await renamed.send(decision="agree", name="another")
    assert facts(await repeated(served, DANGERS["delete"], pipe))


async def test_a_pipe_that_changes_while_the_call_waits_is_not_touched(serve, visit, era) -> None:
    served = await serve(era=era)
    pipe, first = await asked(served, DANGERS["delete"])
    page, results = visit(first), []
    await page.look()

    async def repeat() -> None:
        results.append(await repeated(served, DANGERS["delete"], pipe))

    async with anyio.create_task_group() as both:
        both.start_soon(repeat)
        await anyio.wait_all_tasks_blocked()
        await served.plane.by_somebody_else("PATCH", f"{PIPES}/{pipe}", {"name": "another"})
        await page.send(decision="agree", **NAMED)

    assert error(results[0])["code"] in {"consent_stale", "consent_required"}
    assert served.plane.writes == []


async def test_a_yes_is_for_the_arguments_it_was_asked_with(serve, visit) -> None:
    served = await serve(**AT_ONCE)
    danger = DANGERS["remove tables"]
    pipe, first = await asked(served, danger)
    await visit(first).agree(**NAMED)

    other = await served.call(
        danger.tool, clickpipe=pipe, **danger.arguments, name="and another name"
    )

    assert error(other)["code"] == "consent_required"
    assert served.plane.writes == []


async def test_a_yes_to_one_pipe_is_none_to_another(serve, visit) -> None:
    served = await serve(**AT_ONCE)
    into = {**KAFKA["destination"], "table": "other"}
    other = await served.pipe(KAFKA | {"name": "another", "destination": into})
    _, first = await asked(served, DANGERS["delete"])
    await visit(first).agree(**NAMED)

    result = await repeated(served, DANGERS["delete"], other)

    assert error(result)["code"] == "consent_required"
    assert served.plane.writes == []


async def test_a_name_of_two_alphabets_is_warned_about(serve, visit) -> None:
    served = await serve()
    pipe = await served.pipe(KAFKA | {"name": LOOKS_ALIKE})
    page = visit(await served.call("delete_clickpipe", clickpipe=pipe))

    await page.look()

    assert "Look closely: this name mixes alphabets" in page.seen


async def test_what_stands_in_names_is_shown_and_not_obeyed(serve, visit) -> None:
    hostile = "<script>alert(1)</script>\"'&{{ 7*7 }}"
    served = await serve()
    pipe = await served.pipe(KAFKA | {"name": hostile})
    page = visit(await served.call("delete_clickpipe", clickpipe=pipe))

    shown = await page.look()

    assert "<script" not in shown.text
    assert "{{ 7*7 }}" in page.seen
    await page.send(decision="agree", name='wrong"><script>')
    assert "<script" not in page.pages[-1].text


async def test_the_journal_says_that_it_was_agreed_to_on_a_page(serve, visit, tmp_path) -> None:
    journal = tmp_path / "journal.jsonl"
    served = await serve(journal=journal)
    pipe, first = await asked(served, DANGERS["delete"])
    await visit(first).agree(**NAMED)
    await repeated(served, DANGERS["delete"], pipe)

    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    assert {line["consent"] for line in lines} == {"approved on a page"}


async def test_a_client_that_never_answers_forms_gets_the_page_at_once(serve, visit, era) -> None:
    async def never(_) -> None:
        raise AssertionError("a form was sent")

    served = await serve(era=era, person=never, client_name="claude-ai")
    pipe, first = await asked(served, DANGERS["delete"])

    await visit(first).agree(**NAMED)

    assert facts(await repeated(served, DANGERS["delete"], pipe))


def test_every_operation_has_words_for_its_buttons() -> None:
    assert set(BUTTONS) == set(Operation)
    assert all(agree != decline for agree, decline in BUTTONS.values())
