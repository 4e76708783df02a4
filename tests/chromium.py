"""The browser that pages and panels are looked at in."""

import os
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which
from typing import Any, Final

from tests.faults.processes import PATIENCE_S

NARROW: Final = {"width": 320, "height": 640}
WIDE: Final = {"width": 1200, "height": 900}
SCREENSHOTS: Final = os.environ.get("CLICKPIPES_TEST_SCREENSHOTS")
"""A directory to put pictures of every page into, for somebody to look at."""

FAINT: Final = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = (text) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  return [...document.querySelectorAll('body *')]
    .filter((element) => [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .map((element) => {
      const ink = luminance(rgb(getComputedStyle(element).color));
      const paper = luminance(ground(element));
      const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
      return [element.tagName, element.textContent.trim().slice(0, 40), ratio];
    })
    .filter(([, , ratio]) => ratio < 4.5);
}"""
"""Texts whose contrast is below what WCAG 2.2 asks for, 1.4.3 at level AA."""


_PATIENCE_MS: Final = PATIENCE_S * 1000
_ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@asynccontextmanager
async def launched() -> AsyncIterator[Any]:
    """A Chromium, which ends with the block."""
    from playwright.async_api import async_playwright  # only where the extra is

    path = os.environ.get("CLICKPIPES_TEST_CHROMIUM") or which("chromium")
    assert path, "install chromium, or name it in CLICKPIPES_TEST_CHROMIUM"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=path, args=list(_ARGUMENTS), timeout=_PATIENCE_MS
        )
        yield browser
        await browser.close()


async def context(browser: Any, **options: Any) -> Any:
    """A window of its own, which waits as long as a busy machine needs."""
    made = await browser.new_context(**options)
    made.set_default_timeout(_PATIENCE_MS)
    return made


async def leave(page: Any, by: Awaitable[None]) -> None:
    """Do what leads away from a page, and wait until the next one is loaded.

    To click and to press do not wait for it themselves: what is read next may be the old page.
    """
    async with page.expect_navigation():
        await by


async def stay(by: Awaitable[None], sign: Any) -> None:
    """Do what leads nowhere, and wait for the sign of that, which is not there before."""
    assert await sign.count() == 0
    await by
    await sign.wait_for()


async def picture(page: Any, name: str, *, is_whole: bool = True) -> None:
    """Keep what a page looks like, if somebody asked for it."""
    if SCREENSHOTS:
        await page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=is_whole)
