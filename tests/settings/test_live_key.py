"""Keys of connections are used as they stand in their places now, sealed ones among them."""

import base64
import json
import stat

import pytest

from clickpipes_mcp.clock import ManualClock
from clickpipes_mcp.cloud import open_client
from clickpipes_mcp.errors import ClickPipesError, InvalidSettings
from clickpipes_mcp.sealed_text import open_text, seal_text
from clickpipes_mcp.settings import connections, load_settings
from tests.changed_files import change
from tests.cli.test_commands import refused_here, run_here

pytestmark = pytest.mark.anyio
KEY = "k" * 32
FILE = """
[prod]
key_id = "{id}"
key_secret = "{place}"
query_key_id = "q"
query_key_secret = "env:QUERY"
"""


class Api:
    """Notes who every request comes from, and repeats it in a refusal."""

    def __init__(self) -> None:
        self.callers: list[str] = []

    async def __call__(self, scope, _receive, send) -> None:
        login = dict(scope["headers"])[b"authorization"].decode().removeprefix("Basic ")
        self.callers.append(base64.b64decode(login).decode())
        refusal = {"status": 400, "error": f"{login} is {self.callers[-1]}"}
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(refusal).encode()})


class Operator:
    """Changes the files of a running server."""

    def __init__(self, folder) -> None:
        self.folder = folder

    def write(self, name: str, text: str) -> None:
        change(self.folder / name, text)

    def connect(self, key_id: str, place: str) -> None:
        self.write("connections.toml", FILE.format(id=key_id, place=place))

    def settings(self):
        named = {"CLICKPIPES_CONNECTIONS": str(self.folder / "connections.toml")}
        base = load_settings({**named, "CLICKPIPES_HTTP_KEY": KEY})
        return connections(base, {"QUERY": "a-query-secret", "OLD": "an-old-secret"}).default


@pytest.fixture
def operator(tmp_path) -> Operator:
    return Operator(tmp_path)


@pytest.mark.parametrize("kind", ["file", "sealed"])
async def test_a_rotated_key_is_used_and_a_withdrawn_one_is_not(operator, kind):
    def text(secret: str) -> str:
        return seal_text(secret, KEY) if kind == "sealed" else secret

    first, second = (f"{kind}:{operator.folder / name}" for name in ("first", "second"))
    operator.write("first", text("the-first-secret"))
    operator.connect("one", first)
    api = Api()
    client = open_client(operator.settings(), ManualClock(), asgi_app=api)

    async def call() -> str:
        with pytest.raises(ClickPipesError) as refused:
            await client.organizations()
        told = f"{refused.value!r} {refused.value.message} {refused.value.fix}"
        assert "-secret" not in told
        return refused.value.code

    async def withdrawn() -> bool:
        before = len(api.callers)
        return await call() == InvalidSettings.code and len(api.callers) == before

    async with client:
        await call()
        operator.write("second", text("the-second-secret"))
        await call()
        operator.connect("two", second)
        await call()
        operator.write("second", text("the-third-secret"))
        await call()
        (operator.folder / "second").unlink()
        assert await withdrawn()
        assert await withdrawn()
        operator.write("second", text("the-third-secret"))
        await call()
        operator.write("connections.toml", "[prod")
        assert await withdrawn()
        operator.write("connections.toml", "[other]\nsimulator = true\n")
        assert await withdrawn()
        operator.connect("one", first)
        await call()
    assert api.callers == [
        "one:the-first-secret",
        "one:the-first-secret",
        "two:the-second-secret",
        "two:the-third-secret",
        "two:the-third-secret",
        "one:the-first-secret",
    ]


async def test_a_key_for_queries_of_its_own_stays_what_it_is(operator):
    operator.write("first", "the-first-secret")
    operator.connect("one", f"file:{operator.folder / 'first'}")
    api = Api()
    async with open_client(operator.settings(), ManualClock(), asgi_app=api) as client:
        with pytest.raises(ClickPipesError):
            await client.query("b3c9e1f4-7d20-4a56-8e31-90ab4cd7e002", "SELECT 1")
    assert set(api.callers) == {"q:a-query-secret"}


@pytest.mark.parametrize(
    ("sealed", "key", "problem"),
    [
        (seal_text("a-secret", KEY), None, "CLICKPIPES_HTTP_KEY opens"),
        (seal_text("a-secret", "another key of the replicas, as long"), KEY, "was not sealed"),
        ("a-secret", KEY, "was not sealed"),
        (seal_text("a-secret", KEY)[:-4] + "AAA=", KEY, "was not sealed"),
        ("clickpipes-mcp sealed 1 é", KEY, "was not sealed"),
    ],
    ids=["no key", "another key", "not sealed", "damaged", "no text"],
)
def test_a_sealed_key_is_opened_by_the_key_of_the_replicas_alone(operator, sealed, key, problem):
    operator.write("sealed", sealed)
    operator.connect("one", f"sealed:{operator.folder / 'sealed'}")
    given = {"CLICKPIPES_CONNECTIONS": str(operator.folder / "connections.toml")}
    base = load_settings(given | ({"CLICKPIPES_HTTP_KEY": key} if key else {}))
    with pytest.raises(InvalidSettings) as refused:
        connections(base, {"QUERY": "q"})
    assert problem in refused.value.message
    assert "a-secret" not in refused.value.message


def test_the_command_writes_what_the_server_opens(tmp_path):
    file = tmp_path / "key"
    for secret, mode in (("a-secret", 0o600), ("another-secret", 0o440)):
        done = run_here("seal", str(file), stdin=f"{secret}\n", CLICKPIPES_HTTP_KEY=KEY)
        assert done.exit_code == 0, done.output
        assert secret not in done.output + file.read_text()
        assert open_text(file.read_text().strip(), KEY) == secret
        assert stat.S_IMODE(file.stat().st_mode) == mode
        file.chmod(0o440)
    assert [one.name for one in tmp_path.iterdir()] == ["key"]
    assert "Set CLICKPIPES_HTTP_KEY" in refused_here(run_here("seal", str(file)))
    nothing = run_here("seal", str(file), stdin="\n", CLICKPIPES_HTTP_KEY=KEY)
    assert "no secret to seal" in refused_here(nothing)
    nowhere = run_here("seal", str(tmp_path / "no" / "key"), stdin="x\n", CLICKPIPES_HTTP_KEY=KEY)
    assert "cannot be written" in refused_here(nowhere)
