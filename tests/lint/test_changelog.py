"""The changelog is ready for the next line and for the next release."""

import re
from pathlib import Path

import clickpipes_mcp

CHANGELOG = Path(clickpipes_mcp.__file__).with_name("CHANGELOG.md").read_text(encoding="utf-8")
README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
HEADING = re.compile(r"^## (.*)$", re.MULTILINE)
RELEASED = re.compile(r"(\d+)\.(\d+)\.(\d+) - \d{4}-\d\d-\d\d")


def test_what_is_not_released_stands_first():
    assert HEADING.findall(CHANGELOG)[0] == "[Unreleased]"


def test_releases_have_a_version_and_a_day_and_the_newest_stands_first():
    releases = [RELEASED.fullmatch(heading) for heading in HEADING.findall(CHANGELOG)[1:]]
    assert all(releases)
    versions = [tuple(map(int, release.groups())) for release in releases]
    assert versions == sorted(set(versions), reverse=True)


def test_the_readme_leads_to_it():
    assert "(clickpipes_mcp/CHANGELOG.md)" in README
