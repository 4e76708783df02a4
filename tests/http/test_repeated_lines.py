"""How often a line that strangers can cause is written."""

import logging

import pytest
from starlette.requests import ClientDisconnect

from clickpipes_mcp.http.repeated_lines import A_LINE_EVERY_S, RepeatedLines


class Log:
    """Lines as they pass the filter, at a time that is set."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.passing = RepeatedLines(lambda: self.now_s)
        self.lines: list[str] = []

    def write(self, name: str, message: str = "%s came", error: type | None = None) -> None:
        raised = (error, error(), None) if error else None
        record = logging.LogRecord(
            name, logging.WARNING, f"{name}.py", 1, message, ("one",), raised
        )
        if self.passing.filter(record):
            self.lines.append(record.getMessage())


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.mark.parametrize("name", ["uvicorn.error", "mcp.server.sse", "clickpipes_mcp.http.app"])
def test_a_stranger_fills_one_line_a_minute_which_counts_the_others(log, name):
    for _ in range(1000):
        log.write(name)
    log.now_s = A_LINE_EVERY_S
    log.write(name)
    assert log.lines == ["one came", "one came (999 more like it)"]


def test_lines_of_another_place_or_of_another_error_are_written_too(log):
    log.write("uvicorn.error")
    log.write("uvicorn.access")
    log.write("uvicorn.error", error=OSError)
    assert len(log.lines) == 3


def test_what_no_stranger_can_cause_is_written_every_time(log):
    for _ in range(3):
        log.write("clickpipes_mcp.cloud.transport")
        log.write("mcpx")
    assert len(log.lines) == 6


def test_that_somebody_hung_up_is_not_told(log):
    log.write("mcp.server.streamable_http", error=ClientDisconnect)
    assert log.lines == []
