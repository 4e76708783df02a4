"""Opening a page in the person's browser, where there is a desktop to open it on."""

import os
import subprocess
import sys
from collections.abc import Mapping
from shutil import which


def command(link: str, environ: Mapping[str, str] = os.environ) -> list[str] | None:
    """The program that opens a link; None where no desktop is at hand."""
    if "SSH_CONNECTION" in environ or "SSH_TTY" in environ or environ.get("CI"):
        return None
    if sys.platform == "darwin":
        return ["/usr/bin/open", link]
    if sys.platform == "win32":
        return ["rundll32", "url.dll,FileProtocolHandler", link]
    has_desktop = bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
    opener = which("xdg-open") if has_desktop else None
    return [opener, link] if opener else None


def open_in_browser(link: str) -> bool:
    """Open a link, without waiting for the browser; whether one was started."""
    program = command(link)
    if program is None:
        return False
    try:
        subprocess.Popen(  # noqa: S603 # a fixed program, and a link that we made
            program,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    return True
