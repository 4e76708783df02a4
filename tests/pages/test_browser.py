"""A browser is opened only where a desktop is at hand."""

import os
import stat

import pytest

from clickpipes_mcp.pages import browser

LINK = "http://127.0.0.1:1/approve/example"


@pytest.fixture
def desktop(tmp_path, monkeypatch):
    """A desktop whose opener notes what it was asked to open."""
    opener = tmp_path / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/opened\n')
    opener.chmod(stat.S_IRWXU)
    monkeypatch.setattr(browser.sys, "platform", "linux")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return {"DISPLAY": ":0"}


def test_the_desktops_own_opener_is_used(desktop, tmp_path) -> None:
    assert browser.command(LINK, desktop) == [str(tmp_path / "xdg-open"), LINK]
    assert browser.command(LINK, {"WAYLAND_DISPLAY": "wayland-0"})


@pytest.mark.parametrize("away", [{"SSH_CONNECTION": "1"}, {"SSH_TTY": "1"}, {"CI": "true"}])
def test_nothing_is_opened_where_nobody_sits(desktop, away) -> None:
    assert browser.command(LINK, desktop | away) is None
    assert browser.command(LINK, {}) is None


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_have_openers_of_their_own(monkeypatch, platform) -> None:
    monkeypatch.setattr(browser.sys, "platform", platform)

    program = browser.command(LINK, {})

    assert program
    assert program[-1] == LINK


def test_an_opener_that_is_not_there_opens_nothing(monkeypatch) -> None:
    monkeypatch.setattr(browser, "command", lambda link: ["/nowhere/opener", link])

    assert not browser.open_in_browser(LINK)
