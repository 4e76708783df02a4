"""The SQL that a diagnosis sends, unchanged, and what the endpoint answers around it."""

import json

import pytest

from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID, IDLE_SERVICE_ID

pytestmark = pytest.mark.anyio
RUN = f"/service/{DEFAULT_SERVICE_ID}/run"
LOG = "clusterAllReplicas('default', system.clickpipes_log)"


async def run(plane, sql, form="JSONEachRow", **body):
    response = await plane.client.post(RUN, json={"sql": sql, **body}, params={"format": form})
    assert response.status_code == 200, response.text
    return response.text


async def rows(plane, sql, **body):
    return [json.loads(line) for line in (await run(plane, sql, **body)).splitlines()]


async def refused(plane, sql):
    response = await plane.client.post(RUN, json={"sql": sql})
    assert response.status_code == 400, response.text
    return response.json()["error"]


@pytest.fixture
async def malformed(plane_with):
    return await plane_with(scenario="malformed-records")


@pytest.fixture
async def unreachable(plane_with):
    return await plane_with(scenario="broker-down")


async def only_pipe(plane):
    (pipe,) = (await plane.client.get(plane.pipes)).json()["result"]
    return pipe


@pytest.mark.parametrize(
    ("sql", "form", "text"),
    [
        ("SELECT 1", "TabSeparated", "1\n"),
        ("SELECT 1", "TabSeparatedWithNames", "1\n1\n"),
        ("SELECT 1", "JSONEachRow", '{"1": 1}\n'),
        ("SELECT 1 + 2 * 3 AS n", "JSONEachRow", '{"n": 9}\n'),
        ("SELECT version()", "TabSeparated", "25.8.1.1\n"),
        ("SELECT count() FROM system.clickpipes_log", "TabSeparated", "0\n"),
        (f"SELECT * FROM {LOG}", "JSONEachRow", ""),
        ("SELECT 1 FORMAT JSONCompact", "TabSeparated",
         '{"meta": [{"name": "1", "type": "UInt64"}], "data": [[1]], "rows": 1}\n'),
        ("EXISTS TABLE system.clickpipes_log", "TabSeparated", "1\n"),
        ("EXISTS TABLE default.nothing", "TabSeparated", "0\n"),
        ("SHOW TABLES FROM default", "TabSeparated", "existing_rows\n"),
        ("SELECT 1; ", "TabSeparated", "1\n"),
    ],
)  # fmt: skip
async def test_a_statement_is_answered(plane, sql, form, text):
    assert await run(plane, sql, form) == text


@pytest.mark.parametrize("verb", ["DESCRIBE TABLE", "DESCRIBE", "DESC"])
@pytest.mark.parametrize("table", ["system.clickpipes_log", LOG])
async def test_the_log_is_described(plane, verb, table):
    described = await rows(plane, f"{verb} {table}")
    assert [row["name"] for row in described] == [
        "event_time", "clickpipe_id", "clickpipe_name", "level", "message"
    ]  # fmt: skip
    assert described[0]["type"] == "DateTime64(6)"


async def test_the_error_table_of_a_pipe_is_described(malformed):
    table = (await only_pipe(malformed))["destination"]["table"]
    described = await rows(malformed, f"DESCRIBE TABLE default.{table}_clickpipes_error")
    assert {"event_time", "error_code", "error", "raw_message"} <= {
        row["name"] for row in described
    }


async def test_the_log_of_one_pipe_comes_newest_first(unreachable):
    pipe = (await only_pipe(unreachable))["id"]
    sql = (
        f"SELECT event_time, message FROM {LOG} WHERE clickpipe_id = '{pipe}' "
        "AND event_time > now() - INTERVAL 1 HOUR ORDER BY event_time DESC LIMIT 3 "
        "FORMAT JSONEachRow"
    )
    found = await rows(unreachable, sql)
    times = [row["event_time"] for row in found]
    assert len(found) == 3
    assert times == sorted(times, reverse=True)
    assert "connection refused" in found[0]["message"]


@pytest.mark.parametrize(
    "condition",
    [
        "clickpipe_id = '11111111-1111-4111-8111-111111111111'",
        "event_time > '2030-01-01 00:00:00'",
        "event_time > toDateTime64('2030-01-01T00:00:00', 6)",
        "event_time > now() + INTERVAL 1 DAY",
        "level = 'info'",
        "level IN ('info', 'debug')",
        "message NOT LIKE '%refused%'",
        "NOT (message ILIKE '%REFUSED%' OR level = 'info')",
        "event_time BETWEEN '2020-01-01' AND '2021-01-01'",
        "message IS NULL",
    ],
)
async def test_a_condition_that_fits_no_row_leaves_none(unreachable, condition):
    assert await rows(unreachable, f"SELECT * FROM {LOG} WHERE {condition} LIMIT 5") == []


async def test_rows_are_grouped_and_counted(malformed):
    table = (await only_pipe(malformed))["destination"]["table"]
    sql = (
        "SELECT error_code, count() AS n, max(event_time) AS last "
        f"FROM default.{table}_clickpipes_error GROUP BY error_code ORDER BY n DESC LIMIT 10"
    )
    (row,) = await rows(malformed, sql)
    assert (row["error_code"], row["n"]) == ("DATA_PARSING_ERROR", 1800)
    assert row["last"].startswith("2026-01-01 00:00:00")


@pytest.mark.parametrize("order", ["1 DESC", "event_time DESC", "`event_time` DESC"])
async def test_the_newest_refused_records_are_shown(malformed, order):
    table = (await only_pipe(malformed))["destination"]["table"]
    sql = f"SELECT * FROM default.{table}_clickpipes_error ORDER BY {order} LIMIT 3"
    found = await rows(malformed, sql)
    assert [row["raw_message"] for row in found] == ['{"id":not-a-number}'] * 3
    assert found[0]["event_time"] > found[2]["event_time"]


async def test_the_default_database_may_be_given_beside_the_statement(malformed):
    table = (await only_pipe(malformed))["destination"]["table"]
    sql = f"SELECT count() AS n FROM {table}_clickpipes_error"
    assert (await rows(malformed, sql, database="default"))[0]["n"] == 1800


async def test_the_last_row_of_a_healthy_database_pipe_is_fresh(plane, body):
    await plane.settled(body("postgres"))
    sql = "SELECT now64() - max(_peerdb_synced_at) AS lag_s, count() AS n FROM default.devices"
    (row,) = await rows(plane, sql)
    assert (row["lag_s"], row["n"] > 0) == (60, True)


async def test_the_last_row_of_a_paused_pipe_grows_old(plane, body):
    await plane.paused(body("postgres"))
    before = (await rows(plane, "SELECT max(_peerdb_synced_at) AS t FROM default.devices"))[0]
    plane.clock.advance(3600)
    assert (await rows(plane, "SELECT max(_peerdb_synced_at) AS t FROM default.devices"))[
        0
    ] == before


async def test_an_empty_table_has_the_zero_time_as_its_newest(plane, body):
    await plane.create(body("postgres"))
    (row,) = await rows(plane, "SELECT max(_peerdb_synced_at) AS t FROM default.devices FINAL")
    assert row["t"].startswith("1970-01-01")


async def test_crowded_parts_are_counted_by_partition(plane_with):
    plane = await plane_with(scenario="too-many-parts")
    table = (await only_pipe(plane))["destination"]["table"]
    where = f"database = 'default' AND table = '{table}' AND active"
    (total,) = await rows(plane, f"SELECT count() AS n FROM system.parts WHERE {where}")
    (worst,) = await rows(
        plane,
        f"SELECT partition, count() AS n FROM system.parts WHERE {where} GROUP BY partition",
    )
    assert (total["n"], worst["n"]) == (3001, 3001)


async def test_tables_and_columns_can_be_looked_up(malformed):
    table = (await only_pipe(malformed))["destination"]["table"]
    names = await rows(malformed, "SELECT name FROM system.tables WHERE database = 'default'")
    columns = await rows(
        malformed, f"SELECT name FROM system.columns WHERE table = '{table}_clickpipes_error'"
    )
    assert {table, f"{table}_clickpipes_error"} <= {row["name"] for row in names}
    assert "error_code" in {row["name"] for row in columns}


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("SELECT * FROM nowhere.at_all", "UNKNOWN_TABLE"),
        ("SELECT nothing FROM system.clickpipes_log", "UNKNOWN_IDENTIFIER"),
        ("SELECT 1 FROM system.parts WHERE nothing = 1", "UNKNOWN_IDENTIFIER"),
        ("SELECT 'a' || 'b'", "SYNTAX_ERROR"),
        ("SELECT frobnicate(1)", "UNKNOWN_FUNCTION"),
        ("SELECT toDateTime('yesterday')", "CANNOT_PARSE_DATETIME"),
        ("SELECT 'a' + 1", "ILLEGAL_TYPE_OF_ARGUMENT"),
        ("SELECT lower()", "ILLEGAL_TYPE_OF_ARGUMENT"),
        ("SELECT 1 FORMAT Nothing", "UNKNOWN_FORMAT"),
        ("SELECT 1; SELECT 2", "Multi-statements are not allowed"),
        ("SELECT * FROM a JOIN b USING (x)", "SYNTAX_ERROR"),
        ("DROP TABLE default.existing_rows", "SYNTAX_ERROR"),
        ("INSERT INTO t VALUES (1)", "SYNTAX_ERROR"),
        ("SELECT (SELECT 1)", "SYNTAX_ERROR"),
        ("SELECT", "SYNTAX_ERROR"),
        ("", "SYNTAX_ERROR"),
        ("SELECT 'open", "SYNTAX_ERROR"),
        ("SELECT max() FROM system.parts", "NUMBER_OF_ARGUMENTS"),
        ("SELECT 1 ORDER BY 7", "out of bounds"),
    ],
)
async def test_what_is_not_understood_is_refused_in_the_words_of_the_database(plane, sql, name):
    assert name in await refused(plane, sql)


async def test_rows_are_counted_by_the_minute(unreachable):
    sql = (
        f"SELECT toStartOfMinute(event_time) AS minute, count() AS n FROM {LOG} "
        "GROUP BY minute ORDER BY minute LIMIT 2 OFFSET 1"
    )
    assert [row["n"] for row in await rows(unreachable, sql)] == [12, 12]


async def test_a_stopped_service_says_so_to_a_query(plane_with):
    plane = await plane_with(scenario="stopped-service")
    response = await plane.client.post(
        RUN, json={"sql": "SELECT 1"}, headers={"wake-service": "true"}
    )
    assert (response.status_code, response.json()) == (206, {"data": "Service is stopped"})


@pytest.mark.parametrize(("wakes", "state"), [("false", "idle"), ("true", "awaking")])
async def test_an_idle_service_is_woken_only_when_asked(plane_with, wakes, state):
    plane = await plane_with(service=IDLE_SERVICE_ID)
    response = await plane.client.post(
        f"/service/{IDLE_SERVICE_ID}/run",
        json={"sql": "SELECT 1"},
        headers={"wake-service": wakes},
    )
    service = (await plane.client.get(plane.service)).json()["result"]
    assert (response.status_code, response.json()) == (206, {"data": "Confirm wake service"})
    assert service["state"] == state


async def test_a_service_nobody_knows_is_not_found(plane):
    response = await plane.client.post("/service/nobody/run", json={"sql": "SELECT 1"})
    assert response.status_code == 404


async def test_a_reading_key_may_query(plane):
    response = await plane.client.post(RUN, json={"sql": "SELECT 1"}, auth=("reader-1", "s"))
    assert response.status_code == 200
