"""Every code of the tables has a name and a kind, and costs nothing until it is looked up."""

import subprocess
import sys

import pytest

from clickpipes_mcp.diagnosis.codes import TOPICS, code_named, is_code, source_of, topic_of
from clickpipes_mcp.diagnosis.codes.tables import TABLES, all_codes

SIZES = {"postgres": 250, "mysql": 2000, "mongodb": 230, "kafka": 180, "clickhouse": 650}


@pytest.mark.parametrize("table", TABLES)
def test_every_code_is_told_in_words_with_what_to_do(table) -> None:
    codes = all_codes(table)
    assert len(codes) >= SIZES.get(table, 20)
    assert [code.shown for code in codes if not code.words] == []
    assert [code.shown for code in codes if not topic_of(code).fix] == []


@pytest.mark.parametrize("table", TABLES)
def test_a_table_names_where_its_facts_come_from(table) -> None:
    assert len(source_of(table)) > 10


@pytest.mark.parametrize(
    ("table", "token", "kind"),
    [
        ("postgres", "28P01", "the login is refused"),
        ("postgres", "42501", "a right is missing"),
        ("postgres", "53100", "the disk is full"),
        ("mysql", "1040", "a limit or quota is reached"),
        ("mysql", "ER_LOCK_DEADLOCK", "something waits for a lock or conflicts with it"),
        ("mongodb", "ChangeStreamHistoryLost", "the place to read on from is gone"),
        ("mongodb", "13", "a right is missing"),
        ("kafka", "GROUP_AUTHORIZATION_FAILED", "a right is missing"),
        ("kafka", "3", "something that is named does not exist"),
        ("clickhouse", "60", "something that is named does not exist"),
        ("aws", "SlowDown", "a limit or quota is reached"),
        ("azure", "ContainerNotFound", "something that is named does not exist"),
        ("google", "PERMISSION_DENIED", "a right is missing"),
        ("tls", "unknown_ca", "the TLS handshake failed"),
        ("system", "ECONNRESET", "the connection broke or could not be made"),
    ],
)
def test_a_code_is_of_the_kind_its_name_says(table, token, kind) -> None:
    assert topic_of(code_named(table, token)).title == kind


def test_a_number_that_mysql_and_mariadb_use_for_different_things_is_told_for_both() -> None:
    assert "MariaDB: ER_SLAVE_SAME_ID" in code_named("mysql", "4052").name


def test_what_is_no_code_is_none() -> None:
    assert not is_code("postgres", "12345")
    assert code_named("kafka", "NOT_A_CODE") is None


def test_kinds_say_whose_turn_it_is() -> None:
    assert [topic.title for topic in TOPICS if not (topic.turn and topic.fix)] == []


def test_no_table_is_read_before_it_is_needed() -> None:
    program = (
        "import clickpipes_mcp.diagnosis as diagnosis; "
        "from clickpipes_mcp.diagnosis.codes import tables; "
        "print(tables._codes.cache_info().currsize)"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert answer.stdout.strip() == b"0"
