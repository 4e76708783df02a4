"""The command with which a person agrees in a terminal, and sets a PIN."""

import time
from typing import TYPE_CHECKING

import click

from clickpipes_mcp.cli.reporting import Unusable, explained

if TYPE_CHECKING:  # everything else is imported when the command runs: start-up time
    from clickpipes_mcp.pages import Notice
    from clickpipes_mcp.pages.visit import Shown, Visit


_MOST_TRIES = 5


@click.command(short_help="Look at a question of your assistant, and agree or decline.")
@click.argument("link", required=False)
@click.option("--set-pin", is_flag=True, help="Set the PIN that CLICKPIPES_APPROVAL=pin asks for.")
@click.option("--enrol-passkey", is_flag=True, help="Enrol the one that `passkey` asks for.")
def approve(*, link: str | None, set_pin: bool, enrol_passkey: bool) -> None:
    """Answer a question that waits for a person: what would be lost, and whether you agree.

    Without a LINK it shows the questions that wait on this machine. A question is open for ten
    minutes.
    """
    with explained():
        if set_pin:
            _set_pin()
            return
        if enrol_passkey:
            _enrol_passkey()
            return
        from clickpipes_mcp.pages.visit import Visit

        waiting = _waiting()
        with Visit(link or _choose(waiting)) as visit:
            is_known = visit.is_encrypted or visit.link in {one.link for one in waiting}
            click.echo(f"The page is at {visit.place}.")
            _answer(visit, may_take_pin=is_known)


def _waiting() -> "list[Notice]":
    """The questions that wait on this machine."""
    from clickpipes_mcp.pages import Notices
    from clickpipes_mcp.state_directory import state_directory

    return Notices(state_directory()).read(time.time())


def _choose(waiting: "list[Notice]") -> str:
    """The link of the question that is meant."""
    if not waiting:
        raise Unusable("No question waits on this machine. Pass the link that the assistant shows.")
    for number, notice in enumerate(waiting, start=1):
        left = max(0, notice.expires_at - int(time.time())) // 60
        click.echo(f"{number}. {notice.headline} (open for {left} more minutes)")
    if len(waiting) == 1:
        return waiting[0].link
    asked = click.prompt("Which one", type=click.IntRange(1, len(waiting)))
    return waiting[asked - 1].link


def _answer(visit: "Visit", *, may_take_pin: bool) -> None:
    shown = visit.look()
    while not shown.is_over:
        _tell(shown)
        if shown.facts["takes_passkey"]:
            raise Unusable(f"This takes your passkey: open {visit.link} in a browser.")
        if shown.facts["takes_pin"] and not may_take_pin:
            raise Unusable(
                "No server on this machine says that it asks there, so your PIN is not given to "
                "it. Run this without a link to see the questions that wait."
            )
        shown = visit.answer(shown, **_ask(shown))
    click.echo(f"{shown.facts['title']}. {shown.facts['told']}")
    if shown.facts.get("code"):
        click.echo(f"Approval code, if the assistant asks for one: {shown.facts['code']}")


def _tell(shown: "Shown") -> None:
    facts = shown.facts
    if shown.flaws:
        click.echo(" ".join(("Nothing was done.", *shown.flaws.values())), err=True)
        return
    click.echo(f"\n{facts['headline']}\n{', '.join(facts['about'])}")
    for line in (*facts["details"], *facts["cautions"]):
        click.echo(line)
    for title, entries in (("Lost", facts["lost"]), ("Stays", facts["kept"])):
        click.echo(f"{title}:")
        for entry in entries:
            click.echo(f"  - {entry}")
    click.echo(f"{facts['undo']}\n")


def _ask(shown: "Shown") -> dict[str, str]:
    """What the person answers: nothing and a plain no decline, all else is asked again."""
    facts = shown.facts
    typed = {}
    if facts["takes_name"]:
        typed["name"] = _prompt(f"Type {facts['name']} to go ahead, or nothing to decline")
        agrees = bool(typed["name"].strip())
    else:
        agrees = _chooses(str(facts["agree"]), str(facts["decline"]))
    if agrees and facts["takes_pin"]:
        typed["pin"] = click.prompt("Your approval PIN", hide_input=True)
    return {**typed, "decision": "agree" if agrees else "decline"}


def _chooses(agree: str, decline: str) -> bool:
    """Whether the person typed the word that agrees, and not one that declines."""
    for _ in range(_MOST_TRIES):
        typed = _prompt(f"Type “{agree}” to go ahead, or nothing to decline").strip()
        if typed == agree:
            return True
        if typed.casefold() in ("", "n", "no", decline.casefold()):
            return False
        click.echo(f"That is neither “{agree}” nor a no. Nothing was done.", err=True)
    raise Unusable("No answer was understood. The question stays open: run this again.")


def _prompt(text: str) -> str:
    return str(click.prompt(text, default="", show_default=False))


def _set_pin() -> None:
    import anyio

    from clickpipes_mcp.clock import SystemClock
    from clickpipes_mcp.consent import Pin
    from clickpipes_mcp.state_directory import state_directory

    pin = Pin(state_directory(), SystemClock())
    if pin.is_set:
        tried = anyio.run(pin.check, click.prompt("Your present PIN", hide_input=True))
        if not tried.is_right:
            raise Unusable(tried.problem)
    pin.set(click.prompt("Your new PIN", hide_input=True, confirmation_prompt=True))
    click.echo("The PIN is set. Set CLICKPIPES_APPROVAL=pin where the server is configured.")


def _enrol_passkey() -> None:
    import anyio

    from clickpipes_mcp.consent import Passkey
    from clickpipes_mcp.listener import listen
    from clickpipes_mcp.pages.browser import open_in_browser
    from clickpipes_mcp.pages.enrolment import Enrolment
    from clickpipes_mcp.settings import load_settings
    from clickpipes_mcp.state_directory import state_directory

    passkey = Passkey.of(load_settings(), state_directory())
    passkey.check_can_enrol()
    if passkey.enrolment:
        click.echo(
            f"Open this page of the running server, make the passkey there, and put what the page "
            f"shows into the settings of the server: {passkey.enrolment}"
        )
        return

    async def enrol() -> bool:
        with listen("127.0.0.1", 0) as listener:
            enrolment = Enrolment(passkey, listener)
            click.echo(f"Open this page and enrol a passkey there: {enrolment.link}")
            open_in_browser(enrolment.link)
            return await enrolment.serve()

    if not anyio.run(enrol):
        raise Unusable("No passkey was enrolled within ten minutes.")
    click.echo("The passkey is enrolled. Set CLICKPIPES_APPROVAL=passkey for the server.")
