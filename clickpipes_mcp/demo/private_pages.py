"""The chapter in which a client shows no questions, and the person answers on pages instead."""

import json
from collections.abc import Mapping

from pydantic import JsonValue

from clickpipes_mcp.demo.steps import Expected, Step, Visit

PAYMENTS = "Payments"
LABEL = "kafka_password"
_TABLE = "payments"
_SETTLES_S = 60.0
_REFERENCE = "${file:kafka_password}"
_PIPE: Mapping[str, JsonValue] = {"clickpipe": PAYMENTS}


def answered_on_pages(documented: Mapping[str, JsonValue]) -> tuple[Step, ...]:
    """Make a pipe whose password only the person knows, and delete it again."""
    text = json.dumps(dict(documented)).replace(_REFERENCE, f"${{ask:{LABEL}}}")
    body: dict[str, JsonValue] = json.loads(text) | {"name": PAYMENTS}
    body["destination"] = json.loads(text)["destination"] | {"table": _TABLE}
    return (*_made(body), *_deleted())


def _made(body: Mapping[str, JsonValue]) -> tuple[Step, ...]:
    return (
        Step(
            "create_kafka_clickpipe",
            body,
            person="The payments are in Kafka as well. I do not type its password into a chat.",
            assistant=f"${{ask:{LABEL}}} stands for it. My client shows no questions.",
            expected=Expected(error="secret_awaited", mentions=("/secrets/",)),
            shown=("http",),
            visit=Visit(
                told="types the password and presses “Give them to the server”",
                button="Give them to the server",
                secrets=(LABEL,),
                shown=(LABEL, "For source", "They stay"),
                ends="Thank you",
            ),
            is_unattended=True,
        ),
        Step(
            "create_kafka_clickpipe",
            body,
            assistant="The same call again.",
            expected=Expected(facts={"clickpipe.name": PAYMENTS}),
            is_unattended=True,
        ),
        Step(
            "get_clickpipe",
            _PIPE,
            expected=Expected(facts={"state": "Running"}, patience_s=_SETTLES_S),
            proves="The password stands in no answer, in no log and not in the simulated world.",
            is_unattended=True,
        ),
    )


def _deleted() -> tuple[Step, ...]:
    return (
        Step(
            "delete_clickpipe",
            _PIPE,
            person="That was a trial. Delete it.",
            expected=Expected(error="consent_required", mentions=("/approve/",)),
            shown=("http",),
            visit=Visit(
                told=f"types “{PAYMENTS}” and presses “Delete it”",
                button="Delete it",
                typed={f"To go ahead, type {PAYMENTS}": PAYMENTS},
                shown=("reads", "Lost", "Stays", "To go ahead"),
                ends="You agreed",
            ),
            is_unattended=True,
        ),
        Step("delete_clickpipe", _PIPE, assistant="The same call again.", is_unattended=True),
        Step(
            "wait_for_clickpipe",
            {**_PIPE, "until": "deleted"},
            expected=Expected(facts={"done": True, "state": "deleted"}),
            proves="It is deleted, and the person agreed to it.",
            is_unattended=True,
        ),
    )
