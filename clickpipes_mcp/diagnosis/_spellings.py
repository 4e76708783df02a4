"""How clients write the codes of their servers, as patterns: numbers alone may be anything."""


def mysql_error(*numbers: int) -> str:
    """An error number of MySQL or MariaDB, as in `ERROR 1045 (`, `(1045, ` or `errno = 1045`."""
    listed = "|".join(map(str, numbers))
    return (
        rf"(?:\berror:? (?:code:? ?)?|\(|\berrno\W{{1,3}}|\] ?\[|\berror \w{{5}} \()(?:{listed})\b"
    )


def sqlstate(*codes: str) -> str:
    """A SQLSTATE, as in `(SQLSTATE 53300)`, `code: '53300'`, `,FATAL,53300,` or `FATAL: 53300:`."""
    listed = "|".join(codes)
    before = r"\bSQL ?STATE(?: code)?\W{1,4}|\bcode['\"]?\W{1,4}|,(?:ERROR|FATAL|PANIC),"
    return rf"(?:{before}|\b(?:ERROR|FATAL): {{1,2}})(?:{listed})\b"


def clickhouse_code(*numbers: int) -> str:
    """An error code of ClickHouse, as in `code: 252, message` or `Code: 252. DB::Exception`."""
    return rf"\bcode:? (?:{'|'.join(map(str, numbers))})\b"
