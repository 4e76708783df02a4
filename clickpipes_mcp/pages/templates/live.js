"use strict";
const live = document.getElementById("live");
const lost = document.getElementById("lost");
const filter = document.getElementById("filter");
let version = live.dataset.version;
let source = null;

function tell(text) {
  lost.textContent = text;
  lost.hidden = !text;
}

function sift() {
  const wanted = filter ? filter.value.trim().toLowerCase() : "";
  for (const row of live.querySelectorAll("tbody tr")) {
    row.hidden = Boolean(filter) && !row.textContent.toLowerCase().includes(wanted);
  }
}

function show(event) {
  const focused = live.contains(document.activeElement) ? document.activeElement.id : "";
  const part = document.createElement("template");
  part.innerHTML = event.data;
  live.replaceChildren(part.content);
  version = event.lastEventId;
  sift();
  if (focused && document.getElementById(focused)) {
    document.getElementById(focused).focus({ preventScroll: true });
  }
}

function watch() {
  if (document.hidden || source) {
    return;
  }
  const joint = live.dataset.events.includes("?") ? "&" : "?";
  source = new EventSource(`${live.dataset.events}${joint}after=${version}`);
  source.addEventListener("open", () => tell(""));
  source.addEventListener("look", show);
  source.addEventListener("error", () => {
    const isOver = source.readyState === EventSource.CLOSED;
    tell(isOver
      ? "You are signed out, or the server ended. Reload this page."
      : "The server does not answer. What stands here is not new; this page tries again.");
  });
}

/* Who does not see the page does not watch: nothing is read for nobody. */
document.addEventListener("visibilitychange", () => {
  if (document.hidden && source) {
    source.close();
    source = null;
  }
  watch();
});
if (filter) {
  document.getElementById("filtering").hidden = false;
  filter.addEventListener("input", sift);
}
watch();
