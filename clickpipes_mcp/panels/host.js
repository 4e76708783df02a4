// The conversation with the host that shows this panel: JSON-RPC over postMessage.
// Source: MCP Apps, specification 2026-01-26.

import { drawingFor } from "./choosing.js";
import { heading, node } from "./drawing.js";

const VERSION = "2026-01-26";

/** Draw whatever answers arrive. `states` are known states by name, `reads` the tools that only read. */
export function converse({ name, states, reads }) {
  const root = document.querySelector("main");
  const waiting = new Map();
  let asked = 0;
  let canCall = false;
  let canSay = false;
  let isBusy = false;
  let shown = null;
  let input = {};

  const send = (message) => window.parent.postMessage({ jsonrpc: "2.0", ...message }, "*");
  const ask = (method, params) => new Promise((resolve, reject) => {
    asked += 1;
    waiting.set(asked, { resolve, reject });
    send({ id: asked, method, params });
  });
  const notice = (text) => {
    const told = document.createElement("p");
    told.className = "notice";
    told.setAttribute("role", "alert");
    told.textContent = text;
    root.prepend(told);
  };

  /** A proposed call: those that only read are made, all others are handed to the conversation. */
  const act = async (proposed) => {
    if (isBusy) return;
    isBusy = true;
    root.setAttribute("aria-busy", "true");
    try {
      if (canCall && reads.includes(proposed.tool)) {
        const result = await ask("tools/call", { name: proposed.tool, arguments: proposed.arguments ?? {} });
        take(result, proposed.arguments ?? {});
        root.querySelector("h1")?.focus();
      } else if (canSay) {
        const text = `Please call ${proposed.tool} with ${JSON.stringify(proposed.arguments ?? {})}.`;
        const told = await ask("ui/message", { role: "user", content: [{ type: "text", text }] });
        if (told?.isError) notice(`The host did not pass it on. Ask the assistant to call ${proposed.tool}.`);
      } else {
        notice(`Ask the assistant to call ${proposed.tool}.`);
      }
    } catch (error) {
      notice(`${proposed.tool} was not called: ${error.message}`);
    } finally {
      isBusy = false;
      root.removeAttribute("aria-busy");
    }
  };
  const take = (result, asked) => {
    const data = result?.structuredContent;
    const text = (result?.content ?? []).filter((one) => one.type === "text").map((one) => one.text).join("\n");
    if (!data) return notice(text || "There is nothing to show.");
    if (data.code && data.problem) return notice(`${data.problem} ${data.fix ?? ""}`);
    shown = { result, asked };
    const draw = drawingFor(data);
    if (draw) draw(root, data, { states, act: canCall || canSay ? act : null, asked, series: result._meta?.["clickpipes/series"] });
    else root.replaceChildren(...heading(data).flat(), node("pre", {}, text));
    return undefined;
  };
  const settle = (context) => {
    const page = document.documentElement;
    if (context?.theme) page.dataset.theme = context.theme;
    for (const [key, value] of Object.entries(context?.styles?.variables ?? {}))
      if (key.startsWith("--") && value) page.style.setProperty(key, value);
  };

  window.addEventListener("message", (event) => {
    const message = event.data;
    if (event.source !== window.parent || message?.jsonrpc !== "2.0") return;
    if (message.method === undefined) {
      const kept = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) kept?.reject(new Error(message.error.message));
      else kept?.resolve(message.result);
    } else if (message.method === "ui/notifications/tool-result") take(message.params, input);
    else if (message.method === "ui/notifications/tool-input") input = message.params?.arguments ?? {};
    else if (message.method === "ui/notifications/tool-cancelled") notice("The call was cancelled.");
    else if (message.method === "ui/notifications/host-context-changed") settle(message.params);
    else if (message.id !== undefined) {
      const isKnown = message.method === "ping" || message.method === "ui/resource-teardown";
      send(isKnown ? { id: message.id, result: {} } : { id: message.id, error: { code: -32601, message: "Method not found" } });
    }
  });

  ask("ui/initialize", { appInfo: { name, version: "1" }, appCapabilities: {}, protocolVersion: VERSION })
    .then((result) => {
      settle(result.hostContext);
      canCall = Boolean(result.hostCapabilities?.serverTools);
      canSay = Boolean(result.hostCapabilities?.message);
      send({ method: "ui/notifications/initialized", params: {} });
      new ResizeObserver(() => send({
        method: "ui/notifications/size-changed",
        params: { width: Math.ceil(root.scrollWidth), height: Math.ceil(document.documentElement.getBoundingClientRect().height) },
      })).observe(document.documentElement);
      if (shown) take(shown.result, shown.asked);
    })
    .catch((error) => notice(`The host did not answer: ${error.message}`));
}
