"""Where things stand in a panel or on a page, compared with what is kept of it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

from tests.chromium import SCREENSHOTS

Box: TypeAlias = list[int]
"""Left, top, width and height in CSS pixels."""

WIDTHS: Final = (320, 1200)
HEIGHT: Final = 900
NAMED: Final = {
    "heading": "h1",
    "attention": ".notice:not([hidden])",
    "filter": "#filter",
    "table": "table",
    "first row": "tbody tr",
    "state": ".state",
    "picture": ".spark",
    "way": ".way",
    "broken place": ".is-broken .place",
    "finding": ".card",
    "steps": "ol:not(.way)",
    "before": "del",
    "button": "main button",
}
_KEPT: Final = Path(__file__).parent / "layouts.json"
_PIXELS: Final = 10
_SHARE: Final = 0.06
"""Fonts differ from machine to machine: so far a box may be off, and the share of its length."""

_LOOK: Final = """(page, named) => {
  const boxes = {}, faults = [];
  for (const [name, selector] of Object.entries(named)) {
    const found = page.ownerDocument.querySelector(selector);
    if (!found) continue;
    const box = found.getBoundingClientRect();
    boxes[name] = [box.left, box.top + scrollY, box.width, box.height].map(Math.round);
  }
  const check = (selector, isGood, what) => {
    for (const one of page.querySelectorAll(selector))
      if (!isGood(one)) faults.push(`${what}: ${one.outerHTML.slice(0, 80)}`);
  };
  const isNamed = (one) =>
    one.getAttribute("aria-label") || one.labels?.length || one.textContent.trim();
  const controls = "button, input:not([type=hidden])";
  check(`${controls}, a, [role=img], th[scope=row]`, isNamed, "has no name");
  check(controls, (one) => one.getBoundingClientRect().height >= 24, "is hard to hit");
  check("table", (one) => one.caption?.textContent, "has no caption");
  check(".state", (one) => /^[●▲◐■] \\w/.test(one.textContent), "has no mark or no word");
  if (page.scrollWidth > page.clientWidth) faults.push(`is ${page.scrollWidth} wide`);
  return { boxes, faults };
}"""


@dataclass
class Layouts:
    """What was found in a run, by story and width."""

    found: dict[str, dict[str, Box]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    async def look(self, page: Any, document: Any, story: str, faint: str) -> None:
        """Look at what is shown in each width, in light and in dark, and keep pictures if asked.

        `page` is the window, `document` locates the html element in it, `faint` is the script
        that finds texts of too little contrast.
        """
        for width in WIDTHS:
            await page.set_viewport_size({"width": width, "height": HEIGHT})
            boxes = []
            for theme in ("light", "dark"):
                await page.emulate_media(color_scheme=theme)
                await document.evaluate("(page, theme) => { page.dataset.theme = theme; }", theme)
                seen = await document.evaluate(_LOOK, NAMED)
                told = f"{story} {width} {theme}"
                self.faults += [f"{told}: {fault}" for fault in seen["faults"]]
                if width == WIDTHS[-1]:  # colours are the same in any width
                    texts = await document.evaluate(faint)
                    self.faults += [f"{told}: too faint: {text}" for text in texts]
                boxes.append(seen["boxes"])
                if SCREENSHOTS:
                    name = f"layout-{told}".replace(" ", "-")
                    await page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png")
            if boxes[0] != boxes[1]:
                self.faults.append(f"{story} {width}: light and dark stand differently")
            self.found[f"{story} {width}"] = boxes[0]

    def differences(self, about: str) -> list[str]:
        """What is not as it is kept, of the stories about that; and what is wrong in itself."""
        kept = json.loads(_KEPT.read_text(encoding="utf-8"))
        wanted = {name: boxes for name, boxes in kept.items() if name.startswith(about)}
        if SCREENSHOTS:
            told = json.dumps(self.found, separators=(",", ":")).replace('},"', '},\n"')
            Path(SCREENSHOTS, f"layouts-{about}.json").write_text(told, encoding="utf-8")
        return [*self.faults, *_differences(wanted, self.found)]


def _differences(
    kept: dict[str, dict[str, Box]], found: dict[str, dict[str, Box]]
) -> Iterator[str]:
    for story in sorted(kept.keys() | found.keys()):
        before, now = kept.get(story, {}), found.get(story, {})
        for name in sorted(before.keys() | now.keys()):
            if name not in before or name not in now:
                yield f"{story}: {name} {'is new' if name in now else 'is not there'}"
            elif not all(map(_is_close, before[name], now[name])):
                yield f"{story}: {name} stands at {now[name]}, kept is {before[name]}"


def _is_close(one: int, other: int) -> bool:
    return abs(one - other) <= _PIXELS + _SHARE * max(abs(one), abs(other))
