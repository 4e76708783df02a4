"""The statements that read error tables, on a real engine and against differing columns."""

import time
from types import SimpleNamespace

import pytest

from clickpipes_mcp.cloud import Pipe
from clickpipes_mcp.diagnosis import Row
from clickpipes_mcp.errors import RefusedByApi
from clickpipes_mcp.tools.evidence.error_tables import (
    ColumnsNotRecognised,
    error_table,
    log_rows,
    record_rows,
)
from tests.clickhouse_engine import engine

pytestmark = pytest.mark.anyio

PIPE = Pipe(
    id="3f2b8c1e-0000-4000-8000-000000000001",
    service_id="b3c9e1f4-7d20-4a56-8e31-90ab4cd7e002",
    name="it's a `pipe`",
    destination={"database": "my db", "table": "it's `odd`"},
)
DAY_S = 86_400
OTHER = "3f2b8c1e-0000-4000-8000-000000000002"
LOGS = {
    "by id": "event_time DateTime64(6), clickpipe_id UUID, level LowCardinality(String), "
    "message String",
    "by text id": "timestamp DateTime, pipe_id String, error Nullable(String)",
    "by other words": "happened DateTime, clickpipe_id UUID, error_message String, code Int32",
}
LINES = {
    "by id": "{when}, '{pipe}', 'error', 'no brokers available'",
    "by text id": "{when}, '{pipe}', 'no brokers available'",
    "by other words": "{when}, '{pipe}', 'no brokers available', 210",
}
SAID = {"by other words": "210: no brokers available"}


@pytest.fixture
def server(tmp_path):
    with engine(tmp_path) as running:
        running.run("DROP TABLE IF EXISTS system.clickpipes_log")
        yield running


def app(server):
    return SimpleNamespace(client=server)


def timeless(rows):
    return tuple(Row(row.text, row.count) for row in rows)


def moment_s(moment) -> float:
    return moment.timestamp()


def logged(server, layout, *lines):
    server.run(f"CREATE TABLE system.clickpipes_log ({LOGS[layout]}) ENGINE = Memory")
    for when, pipe in lines:
        values = LINES[layout].format(when=when, pipe=pipe)
        server.run(f"INSERT INTO system.clickpipes_log VALUES ({values})")


@pytest.mark.sql
@pytest.mark.parametrize("layout", LOGS)
async def test_the_log_is_read_whatever_its_columns_are_called(server, layout) -> None:
    logged(server, layout, ("now()", PIPE.id), ("now()", PIPE.id), ("now()", OTHER))

    rows = await log_rows(app(server), PIPE, is_at_rest=False)

    assert timeless(rows) == (Row(SAID.get(layout, "no brokers available"), 2),)
    assert moment_s(rows[0].first) == moment_s(rows[0].last)
    assert abs(moment_s(rows[0].last) - time.time()) < DAY_S


@pytest.mark.sql
async def test_a_working_pipe_is_judged_by_its_last_hour(server) -> None:
    logged(server, "by id", ("now() - INTERVAL 2 HOUR", PIPE.id))

    assert await log_rows(app(server), PIPE, is_at_rest=False) == ()
    assert len(await log_rows(app(server), PIPE, is_at_rest=True)) == 1


@pytest.mark.sql
async def test_a_pipe_at_rest_is_judged_by_the_last_errors_it_wrote(server) -> None:
    server.run(f"CREATE TABLE system.clickpipes_log ({LOGS['by id']}) ENGINE = Memory")
    for age, text in ((72, "long ago"), (30, "before it stopped"), (30, "at the same time")):
        server.run(
            "INSERT INTO system.clickpipes_log VALUES "
            f"(now() - INTERVAL {age} HOUR, '{PIPE.id}', 'error', '{text}')"
        )

    rows = await log_rows(app(server), PIPE, is_at_rest=True)

    assert {row.text for row in rows} == {"before it stopped", "at the same time"}


@pytest.mark.sql
async def test_a_log_that_names_no_pipe_is_not_guessed_at(server) -> None:
    server.run("CREATE TABLE system.clickpipes_log (at DateTime, message String) ENGINE = Memory")

    with pytest.raises(ColumnsNotRecognised, match="no column"):
        await log_rows(app(server), PIPE, is_at_rest=False)


@pytest.mark.sql
async def test_a_pipe_is_found_by_a_name_full_of_quotes(server) -> None:
    server.run(
        "CREATE TABLE system.clickpipes_log (event_time DateTime, clickpipe_name String, "
        "message String) ENGINE = Memory"
    )
    server.run(
        "INSERT INTO system.clickpipes_log VALUES "
        "(now(), 'it\\'s a `pipe`', 'x'), (now(), 'y', 'y')"
    )

    rows = await log_rows(app(server), PIPE, is_at_rest=False)

    assert timeless(rows) == (Row("x", 1),)


@pytest.mark.sql
async def test_record_errors_are_read_without_the_records(server) -> None:
    server.run("CREATE DATABASE `my db`")
    table = error_table(PIPE.destination)
    server.run(
        f"CREATE TABLE {table} (event_time DateTime64(6), clickpipe_id UUID, "
        "error_code LowCardinality(String), error String, raw_message String) "
        "ENGINE = MergeTree ORDER BY event_time TTL toDateTime(event_time) + INTERVAL 7 DAY"
    )
    server.run(
        f"INSERT INTO {table} VALUES (now(), '{PIPE.id}', 'DATA_PARSING_ERROR', 'bad', 'private')"
    )

    rows = await record_rows(app(server), PIPE, is_at_rest=False)

    assert timeless(rows) == (Row("DATA_PARSING_ERROR: bad", 1),)


class _WithoutTable:
    def __init__(self, text: str) -> None:
        self.text = text

    async def query(self, service_id: str, sql: str) -> list[dict]:  # noqa: ARG002
        raise RefusedByApi("refused", status=400, text=self.text)


async def test_a_table_of_record_errors_that_was_never_made_holds_none() -> None:
    missing = _WithoutTable("Code: 60. DB::Exception: no such table (UNKNOWN_TABLE)")

    assert await record_rows(app(missing), PIPE, is_at_rest=False) == ()


async def test_a_table_of_record_errors_that_may_not_be_read_is_reported() -> None:
    denied = _WithoutTable("Code: 497. DB::Exception: Not enough privileges. (ACCESS_DENIED)")

    with pytest.raises(RefusedByApi):
        await record_rows(app(denied), PIPE, is_at_rest=False)
