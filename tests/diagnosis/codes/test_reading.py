"""Codes are found in the spellings that clients print them in."""

import pytest

from clickpipes_mcp.diagnosis.codes import codes_in


@pytest.mark.parametrize(
    ("table", "text", "code"),
    [
        ("postgres", "ERROR: boom (SQLSTATE 53200)", "53200"),
        ("postgres", "boom {\n  code: '22023',\n  severity: 'ERROR'", "22023"),
        ("postgres", '2021 UTC,"a","",1,ERROR,58P01,"boom"', "58P01"),
        ("postgres", "&{Severity:ERROR Code:XX000 Message:boom}", "XX000"),
        ("postgres", "psycopg2.errors.DiskFull: boom", "53100"),
        ("postgres", "Npgsql.PostgresException (0x80004005): 28P01: boom", "28P01"),
        ("mysql", "ERROR 1205 (HY000): boom", "1205"),
        ("mysql", "Error 1205: boom", "1205"),
        ("mysql", "(1205, 'boom')", "1205"),
        ("mysql", "errno = 1205, sqlstate = HY000", "1205"),
        ("mysql", "Server error: `ERROR HY000 (1205): boom`", "1205"),
        ("mysql", "SQLSTATE[HY000] [1205] boom", "1205"),
        ("mysql", "Error: ER_LOCK_WAIT_TIMEOUT: boom", "1205"),
        ("mongodb", "(WriteConflict) boom", "112"),
        ("mongodb", "Command failed with error 112 (WriteConflict): 'boom'", "112"),
        ("mongodb", "{ code: 112, codeName: 'WriteConflict' }", "112"),
        ("kafka", 'KafkaError{code=CORRUPT_MESSAGE,val=2,str="boom"}', "CORRUPT_MESSAGE"),
        ("kafka", "[Error 2] boom", "CORRUPT_MESSAGE"),
        ("kafka", "org.apache.kafka.common.errors.CorruptMessageException: boom",
         "CORRUPT_MESSAGE"),
        ("clickhouse", "Code: 306. DB::Exception: boom", "306"),
        ("clickhouse", "code: 306, message: boom", "306"),
        ("clickhouse", "DB::Exception: boom (TOO_DEEP_RECURSION)", "306"),
        ("aws", "api error NoSuchUpload: boom", "NoSuchUpload"),
        ("azure", "<Code>InvalidBlobType</Code>", "InvalidBlobType"),
        ("google", "rpc error: code = FailedPrecondition desc = boom", "FAILED_PRECONDITION"),
        ("google", "9 FAILED_PRECONDITION: boom", "FAILED_PRECONDITION"),
        ("tls", "remote error: tls: decode error", "decode_error"),
        ("tls", "Received fatal alert: internal_error", "internal_error"),
        ("system", "Error: connect EADDRNOTAVAIL", "EADDRNOTAVAIL"),
        ("http", "https response error StatusCode: 405", "405"),
    ],
)  # fmt: skip
def test_a_code_is_found(table, text, code) -> None:
    assert codes_in(text, table)[0].code == code


@pytest.mark.parametrize("table", ["postgres", "mysql", "mongodb", "kafka", "clickhouse"])
def test_prose_holds_no_code(table) -> None:
    assert codes_in("all is well on port 53300 since 1205 days", table) == ()
