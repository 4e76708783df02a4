"""A copy keeps neither a place in what another pipe reads nor its way to log in."""

import copy
import json
from typing import Any

import pytest

from clickpipes_mcp.argument_form import snake_case
from clickpipes_mcp.schema_shape import full_schema
from clickpipes_mcp.sources import SOURCES
from clickpipes_mcp.tools.creating.misfits import leave_out_misfits
from tests.serving import KINESIS, S3, facts

pytestmark = pytest.mark.anyio
each_source = pytest.mark.parametrize("spec", SOURCES, ids=lambda spec: spec.key)
SECRET = "CLICKPIPES_SECRET_COPY"
KEY = {"access_key_id": "an id", "secret_key": "${env:" + SECRET + "}"}


@pytest.fixture(autouse=True)
def _secret(monkeypatch) -> None:
    monkeypatch.setenv(SECRET, "invented")


def holder_of(source: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    for step in path[:-1]:
        source = source.setdefault(snake_case(step), {})
    return source


@each_source
def test_a_place_is_forgotten_where_something_else_is_read_and_kept_otherwise(spec) -> None:
    for beginning in spec.beginnings:
        name = snake_case(beginning.path[-1])
        named = [name] if beginning.is_place else [snake_case(one) for one in beginning.goes_with]
        begun = copy.deepcopy(dict(spec.example["source"]))
        holder_of(begun, beginning.path).update({name: "there", **dict.fromkeys(named, "there")})
        read = next(one for one in spec.reads if one in begun)

        for given, gone in ((f"another {begun[read]}", named), (begun[read], [])):
            source = copy.deepcopy(begun)
            misfits = leave_out_misfits(source, {read: given}, spec)

            left = holder_of(source, beginning.path)
            assert [one.rpartition(".")[2] for one in misfits.places] == gone
            assert not any(one in left for one in gone)
            assert left.get(name) == ("there" if not gone else next(iter(beginning.anew), None))


@each_source
def test_no_login_of_another_authentication_is_kept(spec) -> None:
    schema = full_schema(spec.create)["properties"]["source"]["properties"]
    for one in schema.get("authentication", {}).get("enum", ()):
        logins = [name for name in ("iam_role", "access_key", "credentials") if name in schema]
        source = {"authentication": "ANOTHER", **dict.fromkeys(logins, "of the other")}

        misfits = leave_out_misfits(source, {"authentication": one}, spec)

        assert source == {"authentication": "ANOTHER"}
        assert set(misfits.logins) == {f"source.{name}" for name in logins}
        same = {"authentication": one, **dict.fromkeys(logins, "of the other")}
        assert leave_out_misfits(same, {"authentication": one}, spec).logins == ()


async def test_a_stream_of_another_name_is_read_from_its_beginning_and_that_is_said(serve) -> None:
    served = await serve()
    body = copy.deepcopy(KINESIS)
    body["source"]["kinesis"] |= {"iteratorType": "AT_TIMESTAMP", "timestamp": 1769841000}
    pipe = await served.pipe(body)

    shown = facts(
        await served.call(
            "create_kinesis_clickpipe",
            name="another",
            like=pipe,
            source={"stream_name": "returns", "access_key": KEY},
            dry_run=True,
        )
    )

    sent = shown["request"]["body"]["source"]["kinesis"]
    assert sent["iteratorType"] == "TRIM_HORIZON"
    assert "timestamp" not in sent
    assert any("source.timestamp. Without it" in one for one in shown["warnings"])


async def test_a_role_is_not_kept_beside_a_key(serve) -> None:
    served = await serve()
    body = copy.deepcopy(S3)
    storage = body["source"]["objectStorage"]
    storage.pop("accessKey", None)
    role = "arn:aws:iam::123456789012:role/reader"
    storage |= {"authentication": "IAM_ROLE", "iamRole": role}
    pipe = await served.pipe(body)

    shown = facts(
        await served.call(
            "create_s3_clickpipe",
            name="another",
            like=pipe,
            source={"authentication": "IAM_USER", "access_key": KEY},
            dry_run=True,
        )
    )

    assert "iamRole" not in shown["request"]["body"]["source"]["objectStorage"]
    assert any("another authentication: source.iam_role" in one for one in shown["warnings"])


@pytest.mark.parametrize("size", [None, {"replicas": 0}], ids=["no size", "a size of 0"])
async def test_a_size_that_is_not_shown_is_named(serve, size) -> None:
    served = await serve()
    pipe = await served.pipe(KINESIS)

    def show_it_settling(_, answered: bytes) -> bytes:
        document = json.loads(answered)
        for one in document["result"]:
            one["scaling"] = size
        return json.dumps(document).encode()

    served.plane.retell = show_it_settling
    shown = facts(
        await served.call(
            "create_kinesis_clickpipe",
            name="another",
            like=pipe,
            source={"access_key": KEY},
            dry_run=True,
        )
    )

    assert "scaling" not in shown["request"]["body"]
    assert any("does not return" in one and "scaling" in one for one in shown["warnings"])
