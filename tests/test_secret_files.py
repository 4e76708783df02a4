"""Secret files: inside one directory, whatever leads there and whoever changes it meanwhile."""

import os
import socket
import sys
from contextlib import chdir
from pathlib import Path

import pytest

from clickpipes_mcp import secret_files
from clickpipes_mcp.errors import SecretUnavailable
from clickpipes_mcp.secret_files import MAX_BYTES, read_secret_file


@pytest.fixture
def inside(tmp_path) -> Path:
    directory = tmp_path / "secrets"
    directory.mkdir()
    (directory / "good").write_text("kept here\n")
    (tmp_path / "outside").write_text("canary")
    (tmp_path / "secrets-too").mkdir()
    (tmp_path / "secrets-too" / "file").write_text("canary")
    return directory


@pytest.fixture(params=[True, False], ids=["step by step", "as on Windows"])
def way(request, monkeypatch) -> None:
    """Both ways of opening."""
    monkeypatch.setattr(secret_files, "_CAN_WALK", request.param)


def refusal(directory: Path, name: str) -> str:
    with pytest.raises(SecretUnavailable) as caught:
        read_secret_file(directory, name)
    assert "canary" not in f"{caught.value.message} {caught.value.fix}"
    return caught.value.message


LINKS = {
    "to a file": ("../outside", "link"),
    "with a whole path": ("/etc/hostname", "link"),
    "to a neighbour that is named alike": ("../secrets-too", "link/file"),
    "to the directory itself": (".", "link"),
    "out and in again": ("../secrets/good", "link"),
}


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", ".", "..", "a/../../outside", ""])
def test_no_name_leads_out(inside, name):
    (inside / "a").mkdir()
    assert "leads out" in refusal(inside, name)


@pytest.mark.parametrize(("target", "name"), LINKS.values(), ids=LINKS)
def test_no_link_leads_out(inside, target, name):
    (inside / "link").symlink_to(target)
    assert "leads out" in refusal(inside, name)


@pytest.mark.usefixtures("way")
def test_no_hard_link_leads_out(inside, tmp_path):
    (inside / "second").hardlink_to(tmp_path / "outside")
    assert "has a second name" in refusal(inside, "second")


@pytest.mark.usefixtures("way")
def test_links_that_stay_inside_are_followed_as_kubernetes_mounts_secrets(inside):
    version = inside / "..2026_01_01"
    version.mkdir()
    (version / "password").write_text("mounted")
    (inside / "..data").symlink_to(version.name)
    (inside / "password").symlink_to("..data/password")
    (version / "back").symlink_to("../good")
    assert read_secret_file(inside, "password") == "mounted"
    assert read_secret_file(inside, "..data/./back") == "kept here\n"


@pytest.mark.usefixtures("way")
def test_the_directory_itself_may_be_a_link(inside, tmp_path):
    (tmp_path / "link").symlink_to(inside)
    assert read_secret_file(tmp_path / "link", "good") == "kept here\n"


@pytest.mark.usefixtures("way")
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_what_is_no_regular_file_is_not_opened(inside, monkeypatch):
    os.mkfifo(inside / "pipe")
    (inside / "folder").mkdir()
    with socket.socket(socket.AF_UNIX) as listener, chdir(inside):
        listener.bind("socket")
    opened = []
    real = os.open

    def noted(path, *arguments, **options):
        opened.append(Path(path).name)
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", noted)
    for name in ("pipe", "folder", "socket"):
        assert "is not a regular file" in refusal(inside, name)
    assert not {"pipe", "socket"} & set(opened)


@pytest.mark.usefixtures("way")
def test_what_cannot_be_read_as_text_is_said(inside):
    (inside / "one").symlink_to("two")
    (inside / "two").symlink_to("one")
    (inside / "binary").write_bytes(b"\xff\xfe")
    for name in ("one", "binary", "missing", "x" * 5000, "good/below"):
        assert any(word in refusal(inside, name) for word in ("cannot be read", "not a regular"))


@pytest.mark.usefixtures("way")
def test_a_file_has_a_largest_size(inside):
    (inside / "large").write_text("x" * MAX_BYTES)
    assert len(read_secret_file(inside, "large")) == MAX_BYTES
    (inside / "large").write_text("x" * (MAX_BYTES + 1))
    assert "larger than 1 MiB" in refusal(inside, "large")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows opens no directories")
@pytest.mark.parametrize("swapped", ["good", "folder"])
@pytest.mark.parametrize("call", ["stat", "open", "readlink"])
@pytest.mark.parametrize("moment", range(4))
def test_a_link_put_there_meanwhile_leads_nowhere(
    inside, tmp_path, monkeypatch, swapped, call, moment
):
    (inside / "folder").mkdir()
    (inside / "folder" / "outside").write_text("kept here\n")
    (inside / "through").symlink_to("folder/outside")
    target = tmp_path if swapped == "folder" else tmp_path / "outside"
    real, calls = getattr(os, call), iter(range(100))

    def racing(*arguments, **options):
        answer = real(*arguments, **options)
        if next(calls) == moment:
            (inside / swapped).rename(tmp_path / "moved")
            (inside / swapped).symlink_to(target)
        return answer

    monkeypatch.setattr(os, call, racing)
    try:
        text = read_secret_file(inside, "good" if swapped == "good" else "through")
    except SecretUnavailable:
        text = "kept here\n"
    assert text == "kept here\n"
