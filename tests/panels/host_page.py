"""A page of the official library for hosts of MCP Apps, with a panel of ours in its frame."""

import json
import os
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from mcp_types import CallToolResult

from tests.faults.processes import PATIENCE_S

_LIBRARY = """
import { AppBridge, PostMessageTransport } from "@modelcontextprotocol/ext-apps/app-bridge";
Object.assign(globalThis, { AppBridge, PostMessageTransport });
"""
_HOST = """
const frame = document.querySelector("iframe");
const host = { name: "host", version: "1" };
const bridge = new AppBridge(null, host, CAPABILITIES, { hostContext: CONTEXT });
bridge.oninitialized = () => {
  bridge.sendToolInput({ arguments: {} });
  bridge.sendToolResult(RESULT);
};
bridge.oncalltool = async ({ name, arguments: given }) =>
  JSON.parse(await callTool(name, JSON.stringify(given ?? {})));
bridge.onmessage = async (params) => { await said(params.content[0].text); return {}; };
window.bridge = bridge;
await bridge.connect(new PostMessageTransport(frame.contentWindow, frame.contentWindow));
frame.srcdoc = frame.dataset.panel;
"""

_MARK_AS_SEEN = """main => {
  for (const one of main.children) one.dataset.seen = "";
}"""

Call = Callable[[str, dict[str, Any]], Awaitable[CallToolResult]]


def bundled(folder: Path) -> str:
    """The library as one script, as a host would build it."""
    programs = Path(os.environ["CLICKPIPES_TEST_NODE"])
    (folder / "node_modules").symlink_to(programs.parent)
    entry, made = folder / "entry.js", folder / "library.js"
    entry.write_text(_LIBRARY, encoding="utf-8")
    subprocess.run(
        [programs / "rolldown", entry, "--file", made, "--format", "esm", "--platform", "browser"],
        check=True,
        capture_output=True,
        cwd=folder,
        timeout=PATIENCE_S,
    )
    return made.read_text(encoding="utf-8")


@dataclass
class Host:
    """A host that shows one panel, and what the panel asked it for."""

    page: Any
    called: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    requested: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def frame(self) -> Any:
        return self.page.frame_locator("iframe")

    async def text(self) -> str:
        """All that is read in the panel."""
        return " ".join((await self.frame.locator("main").inner_text()).split())

    async def give(self, result: CallToolResult) -> None:
        """Send the panel another result, and wait until it is drawn."""
        content = result.structured_content or {}
        await self.frame.locator("main").evaluate(_MARK_AS_SEEN)
        await self.page.evaluate(f"bridge.sendToolResult({_written(result)})")
        await self.frame.locator("main > :not([data-seen])").first.wait_for(state="attached")
        await self.is_told(str(content.get("summary") or content["problem"]))

    async def is_done(self) -> None:
        """Wait until the host has answered what the panel asked for."""
        await self.frame.locator("main[aria-busy]").wait_for(state="detached")

    async def is_told(self, words: str) -> None:
        """Wait until the panel says so."""
        await self.frame.get_by_text(words).first.wait_for()


async def show(
    context: Any,
    library: str,
    panel: str,
    result: CallToolResult | Mapping[str, Any],
    *,
    call: Call | None = None,
    theme: str = "light",
    capabilities: Mapping[str, Any] | None = None,
) -> Host:
    """Open a host, and in it a panel that is given the result of a call."""
    page = await context.new_page()
    host = Host(page)
    page.on("request", lambda request: host.requested.append(request.url))
    page.on("console", lambda one: one.type == "error" and host.complaints.append(one.text))
    page.on("pageerror", lambda error: host.complaints.append(str(error)))

    async def call_tool(name: str, arguments: str) -> str:
        given = json.loads(arguments)
        host.called.append((name, given))
        assert call is not None
        return _written(await call(name, given))

    await page.expose_function("callTool", call_tool)
    await page.expose_function("said", lambda text: host.said.append(text))  # noqa: PLW0108 # a function that can be marked
    able = {"serverTools": {}, "message": {}} if capabilities is None else capabilities
    script = (
        _HOST.replace("CAPABILITIES", json.dumps(able))
        .replace("CONTEXT", json.dumps({"theme": theme}))
        .replace("RESULT", _written(result))
    )
    frame = f'<iframe sandbox="allow-scripts" data-panel="{escape(panel)}"></iframe>'
    style = "<style>body{margin:0}iframe{border:0;width:100vw;height:100vh;display:block}</style>"
    await page.set_content(f'{style}{frame}<script type="module">{library}\n{script}</script>')
    return host


def _written(result: CallToolResult | Mapping[str, Any]) -> str:
    if isinstance(result, CallToolResult):
        result = result.model_dump(mode="json", by_alias=True, exclude_none=True)
    return json.dumps(result).replace("</", "<\\/")
