"""The file that the front answers from is the one that this version would write."""

from clickpipes_mcp.first_answers import differences, write
from clickpipes_mcp.listed_tools import LISTED


def test_the_file_is_what_the_server_lists() -> None:
    assert differences() == [], "run clickpipes-mcp schemas --write"


def test_a_file_is_missing_outdated_or_right(tmp_path) -> None:
    file = tmp_path / LISTED.name
    missing = differences(file)
    file.write_text("{}", encoding="utf-8")
    outdated = differences(file)
    write(file)

    assert missing == ["listed.json is missing"]
    assert outdated == ["listed.json is outdated"]
    assert file.read_bytes() == LISTED.read_bytes()
