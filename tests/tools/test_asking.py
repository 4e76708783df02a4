"""What of a call a person is asked for, and where it may go."""

import json
import logging
from typing import Any

import anyio.lowlevel
import pytest

from clickpipes_mcp.simulator import Fault
from clickpipes_mcp.sources import SOURCES
from tests.consent.test_secret_questions import AT_ONCE, CANARY, CREATE, kafka
from tests.examples import BODY_OF, REFERENCE
from tests.redteam.canaries import PRIVATE_KEY
from tests.serving import error, facts, said
from tests.tools.test_references import CREATE as PLACES
from tests.tools.test_references import placed

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "label",
    ["../x", "", " ", "<b>x</b>", "a b", "a" * 41, "-x", "ä", "x}${env:HOME", "a\nb", "a\0b"],
)
async def test_labels_are_plain_words(serve, label) -> None:
    served = await serve(**AT_ONCE)

    refused = error(await served.call(CREATE, **kafka(f"${{ask:{label}}}")))

    assert refused["code"] == "invalid_arguments"
    assert "<b>" not in str(refused)
    assert served.plane.arrived == []


@pytest.mark.parametrize(
    ("spec", "path"), PLACES, ids=[f"{spec.key}-{path[-1]}" for spec, path in PLACES]
)
async def test_every_field_that_takes_a_reference_can_be_asked_for(serve, spec, path) -> None:
    served = await serve(**AT_ONCE)
    arguments = placed(BODY_OF[spec.key], path, "${ask:it}")

    result = error(await served.call(f"create_{spec.key}_clickpipe", **arguments))

    if result["code"] == "secret_awaited":
        assert "${ask:it} for " in result["problem"]
    else:
        assert result["code"] == "invalid_arguments"
    assert served.plane.writes == []


async def test_a_secret_that_was_left_out_is_proposed_by_its_reference(serve) -> None:
    served = await serve()
    assert "Or pass ${ask:password}: the person is asked on a private page." in said(
        await served.call(CREATE, **kafka(None))
    )
    bigquery = next(spec for spec in SOURCES if spec.key == "bigquery")
    source = {
        key: value for key, value in bigquery.example["source"].items() if key != "credentials"
    }
    told = await served.call(
        "create_bigquery_clickpipe", **{**bigquery.example, "source": source | {"credentials": {}}}
    )
    assert "Or pass ${ask:service_account_file}" in said(told)


async def test_a_dry_run_asks_nobody_and_says_who_will_be(serve) -> None:
    served = await serve(**AT_ONCE)

    shown = facts(await served.call(CREATE, **kafka(), dry_run=True))

    assert any("${ask:password} for source" in warning for warning in shown["warnings"])
    assert any("goes to broker.example.com" in warning for warning in shown["warnings"])


async def test_an_update_rotates_a_password(serve, visit, era) -> None:
    served = await serve(era=era)
    pipe = await served.pipe(kafka("first"), state="settled")
    change = {"clickpipe": pipe, "source": {"credentials": {"username": "reader"}}}
    change["source"]["credentials"]["password"] = "${ask:password}"

    await visit(await served.call("update_clickpipe", **change)).give({"password": CANARY})
    result = await served.call("update_clickpipe", **change)

    assert facts(result)
    assert served.plane.writes[-1].body["source"]["kafka"]["credentials"] == {
        "username": "reader",
        "password": CANARY,
    }


async def test_the_form_names_every_host_and_cuts_none(serve, visit) -> None:
    hosts = [f"b-{number}.{'x' * 60}.{'y' * 60}.corp.example" for number in range(9)]
    served = await serve(**AT_ONCE)
    example = next(spec.example for spec in SOURCES if spec.key == "kafka")
    source = {
        **example["source"],
        "brokers": ",".join(f"{host}:9092" for host in hosts),
        "credentials": {"username": "reader", "password": "${ask:kafka}"},
    }

    page = visit(await served.call("create_kafka_clickpipe", **{**example, "source": source}))
    await page.look()

    assert all(host in page.seen for host in hosts)


async def test_what_the_operator_bound_elsewhere_is_not_even_asked_for(serve, tmp_path) -> None:
    bindings = tmp_path / "bindings"
    bindings.write_text("ask:password db.corp.example\n")
    bindings.chmod(0o600)
    served = await serve(secrets_bindings=bindings, **AT_ONCE)

    refused = error(await served.call(CREATE, **kafka()))

    assert "may not go to broker.example.com" in refused["problem"]
    assert served.plane.writes == []


KEY_FILE = json.dumps(
    {"type": "service_account", "client_email": f"{CANARY}@b.c", "private_key": PRIVATE_KEY}
)
ASKED_FOR = {
    "certificate": f"-----BEGIN CERTIFICATE-----\n{CANARY}\n-----END CERTIFICATE-----",
    "connection_string": f"AccountName=one;AccountKey={CANARY}",
    "private_key": f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----",
    "service_account_file": KEY_FILE,
    "service_account_key": KEY_FILE,
}
"""What is given for a field; for all others the canary itself."""


def asking(part: Any, asked: set[str]) -> Any:
    """An example with every reference in it put as a question to a person."""
    if isinstance(part, dict):
        put = {name: asking(inner, asked) for name, inner in part.items()}
        for name, inner in part.items():
            if isinstance(inner, str) and REFERENCE.fullmatch(inner):
                asked.add(name)
                put[name] = f"${{ask:{name}}}"
        return put
    return [asking(inner, asked) for inner in part] if isinstance(part, list) else part


@pytest.mark.parametrize(
    "status",
    [201, *(pytest.param(status, marks=pytest.mark.redteam("masking")) for status in (400, 500))],
)
@pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
async def test_what_is_given_for_any_source_is_told_to_the_api_alone(
    serve, visit, caplog, tmp_path, spec, status
) -> None:
    caplog.set_level(logging.DEBUG)
    asked: set[str] = set()
    arguments = asking(dict(spec.example), asked)
    given = {name: ASKED_FOR.get(name, CANARY) for name in asked}
    echo = f"wrong: {CANARY}" if CANARY in given.values() else "wrong"
    fault = Fault(kind="status", method="POST", status=status, text=echo)
    served = await serve(
        journal=tmp_path / "journal.jsonl",
        state_directory=tmp_path / "state",
        simulator={"faults": () if status == 201 else (fault,)},
    )
    tool = f"create_{spec.key}_clickpipe"

    results = [await served.call(tool, **arguments, dry_run=True)]
    assert ("private page" in said(results[0])) == bool(asked)
    if asked:
        results.append(await served.call(tool, **arguments))
        page = visit(results[-1])
        assert (await page.give(given)).status_code == 200, page.seen
    results.append(await served.call(tool, **arguments))

    assert results[-1].is_error == (status != 201)
    told = [said(one) + repr(one) for one in results]
    told += [file.read_text() for file in tmp_path.rglob("*") if file.is_file()]
    told += [caplog.text, *(str(record.__dict__) for record in caplog.records)]
    assert [text for text in told if CANARY in text] == []
    assert len(served.plane.writes) >= 1


async def test_what_is_over_or_for_another_host_by_then_is_not_sent(serve, visit) -> None:
    served = await serve()
    vault = served.client.server.desk.forms.vault

    async def expire() -> None:
        served.clock.advance(3600)

    async def replace() -> None:
        vault.keep("", "password", CANARY, ["kafka evil.example.com"])

    for happen in (expire, replace):
        await visit(await served.call(CREATE, **kafka())).give({"password": CANARY})
        served.plane.before_answering = happen
        refused = error(await served.call(CREATE, **kafka()))
        served.plane.before_answering = anyio.lowlevel.checkpoint

        assert refused["code"] == "secret_unavailable"
        assert "Repeat the call" in refused["fix"]
        assert served.plane.writes == []


@pytest.mark.parametrize(
    ("spec", "path"), PLACES, ids=[f"{spec.key}-{path[-1]}" for spec, path in PLACES]
)
async def test_the_form_tells_a_person_of_logins_and_of_nothing_else(
    serve, visit, spec, path
) -> None:
    served = await serve(**AT_ONCE)
    result = await served.call(
        f"create_{spec.key}_clickpipe", **placed(BODY_OF[spec.key], path, "${ask:it}")
    )
    if error(result)["code"] != "secret_awaited":
        return

    page = visit(result)
    await page.look()

    foreign = ("primary key", "gcloud", "${file", "${env", "topic ", "create the pipe")
    assert [words for words in foreign if words in page.seen] == []
