// A page of the server itself: what it read is drawn, and drawn again whenever it read anew.

import { renderFleet } from "./fleet.js";
import { renderPipe } from "./pipe.js";

/** Draw the look that stands in the page, and every one that follows. `states` are known states by name. */
export function watchPage(states) {
  const root = document.getElementById("live");
  const lost = document.getElementById("lost");
  let version = 0;
  let source = null;

  const tell = (text) => {
    lost.textContent = text;
    lost.hidden = !text;
  };
  const show = (look) => {
    version = look.version;
    const draw = root.dataset.view === "fleet" ? renderFleet : renderPipe;
    const wanted = root.querySelector("#filter")?.value;
    keepFocus(root, () => draw(root, look.content, { states, series: look.figures, links: look.links, wanted }));
  };
  const watch = () => {
    if (document.hidden || source) return;
    const joint = root.dataset.events.includes("?") ? "&" : "?";
    source = new EventSource(`${root.dataset.events}${joint}after=${version}`);
    source.addEventListener("open", () => tell(""));
    source.addEventListener("look", (event) => show(JSON.parse(event.data)));
    source.addEventListener("error", () => tell(source.readyState === EventSource.CLOSED
      ? "You are signed out, or the server ended. Reload this page."
      : "The server does not answer. What stands here is not new; this page tries again."));
  };

  // Who does not see the page does not watch: nothing is read for nobody.
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && source) {
      source.close();
      source = null;
    }
    watch();
  });
  show(JSON.parse(root.dataset.look));
  watch();
}

function keepFocus(root, change) {
  const focused = root.contains(document.activeElement) ? document.activeElement : null;
  const caret = focused?.selectionStart;
  change();
  const again = focused?.id ? document.getElementById(focused.id) : null;
  again?.focus({ preventScroll: true });
  if (again && typeof caret === "number") again.setSelectionRange(caret, caret);
}
