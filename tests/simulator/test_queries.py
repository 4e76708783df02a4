import pytest

from clickpipes_mcp.simulator import DEFAULT_SERVICE_ID

pytestmark = pytest.mark.anyio
LOG_TABLE = (
    "event_time\tDateTime64(6)\nclickpipe_id\tUUID\nclickpipe_name\tString\nlevel\tString\n"
    "message\tString\n"
)
RUN = f"/service/{DEFAULT_SERVICE_ID}/run"


@pytest.mark.parametrize(
    ("sql", "form", "text"),
    [
        ("SELECT 1", "TabSeparated", "1\n"),
        ("SELECT 1", "TabSeparatedWithNames", "1\n1\n"),
        ("SELECT 1", "JSONEachRow", '{"1": 1}\n'),
        ("SELECT count() FROM system.clickpipes_log", "TabSeparated", "0\n"),
        ("DESCRIBE TABLE system.clickpipes_log", "TabSeparated",
         LOG_TABLE),
        ("SELECT * FROM clusterAllReplicas('default', system.clickpipes_log)", "JSONEachRow", ""),
    ],
)  # fmt: skip
async def test_the_understood_sql_is_answered(plane, sql, form, text):
    response = await plane.client.post(RUN, json={"sql": sql}, params={"format": form})
    assert response.text == text


async def test_an_unknown_table_is_an_error_of_the_database(plane):
    response = await plane.client.post(RUN, json={"sql": "SELECT * FROM nowhere.at_all"})
    assert response.status_code == 400
    assert "UNKNOWN_TABLE" in response.json()["error"]


async def test_a_stopped_service_says_so_to_a_query(plane_with):
    plane = await plane_with(scenario="stopped-service")
    response = await plane.client.post(RUN, json={"sql": "SELECT 1"})
    assert (response.status_code, response.json()) == (206, {"data": "Service is stopped"})
