"""The chapter about a real database: what it does there, what it leaves, and where it cannot be."""

import io
import sys

import pytest

from clickpipes_mcp.demo import NoDatabase, Screen, play
from clickpipes_mcp.demo.real_postgres import TITLE, prepared
from clickpipes_mcp.demo.steps import Chapter, Step
from tests.checks.postgres_server import running_postgres
from tests.ports import free_port

_OPENING = (Chapter("An opening", (Step("list_clickpipes"),)),)


@pytest.mark.slow
@pytest.mark.anyio
async def test_what_is_wrong_is_found_mended_and_created_and_nothing_is_left() -> None:
    file = io.StringIO()
    screen = Screen(file=file, width=100, color_system=None)
    with running_postgres() as server:
        address = f"postgresql://owner@127.0.0.1:{server.port}/shop"

        went_well = await play(screen, is_paced=False, script=_OPENING, address=address)

        text = " ".join(file.getvalue().split())
        assert went_well, text
        assert "person runs ALTER PUBLICATION clickpipes_demo_" in text
        assert "has everything that can be seen from here" in text
        assert "✓ What the look proposed was created as it was" in text
        assert TITLE in text
        with prepared(address) as database:
            with pytest.raises(NoDatabase, match="refused"):
                database.run("SELECT nothing")
            (left,) = database.connection.execute(
                """SELECT ARRAY[
                    (SELECT count(*) FROM pg_roles WHERE rolname LIKE 'clickpipes_demo_%'),
                    (SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'clickpipes_demo_%'),
                    (SELECT count(*) FROM pg_publication)
                ]"""
            ).fetchall()
            assert left == ([1, 1, 1],)  # those of now
            server.execute("CREATE ROLE nobody LOGIN PASSWORD 'quiet'")
        with (
            pytest.raises(NoDatabase, match="permission denied"),
            prepared(f"postgresql://nobody:quiet@127.0.0.1:{server.port}/shop"),
        ):
            pass


def test_a_database_that_is_not_there_is_told_and_no_password_with_it(monkeypatch) -> None:
    for address in (f"postgresql://a:quiet4711@127.0.0.1:{free_port()}/b", "no address: quiet4711"):
        with pytest.raises(NoDatabase) as told, prepared(address):
            pass
        assert "quiet4711" not in str(told.value)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(NoDatabase, match="checks-postgres"), prepared("postgresql://a@127.0.0.1/b"):
        pass
