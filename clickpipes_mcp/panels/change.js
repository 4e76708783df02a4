// What a change would do, or did: field by field, what it costs and what is lost.

import { grid, heading, node, proposals, section, sentences, stateMark } from "./drawing.js";

/** Draw an answer of a tool that changes something, of a dry run, or of a plan. */
export function renderChange(root, data, { states, act } = {}) {
  const pipe = data.clickpipe;
  root.replaceChildren(
    ...heading(data).flat(),
    pipe ? node("p", {}, `${pipe.name} `, stateMark(pipe.state, states ?? {}), node("span", { class: "quiet" }, ` ${pipe.source}`)) : "",
    ...[
      section("Fields", fields(data.changes)),
      section("ClickPipes", data.clickpipes?.length ? grid("ClickPipes", [
        ["ClickPipe", (row) => row.clickpipe], ["Kind", (row) => row.kind], ["Stands", (row) => row.stands], ["Takes", (row) => row.takes],
      ], data.clickpipes) : null),
      section("What it does", sentences(data.effects)),
      section("Costs", sentences(data.costs)),
      section("Done", outcomes(data.done)),
      section("Left", outcomes(data.left)),
      section("Steps", data.steps?.length ? grid("Steps", [["Step", (row) => row.step], ["Outcome", (row) => row.outcome]], data.steps) : null),
      requests(data),
      proposals(data, act),
    ].filter(Boolean));
}

function fields(changes) {
  if (!changes?.length) return null;
  const hasPipes = changes.some((row) => row.clickpipe);
  return grid("Fields", [
    hasPipes && ["ClickPipe", (row) => row.clickpipe],
    ["Field", (row) => row.field],
    ["Before", (row) => row.before && node("del", {}, row.before)],
    ["After", (row) => row.after && node("ins", {}, row.after)],
    ["Verdict", (row) => row.verdict],
  ].filter(Boolean), changes);
}

function outcomes(rows) {
  return Array.isArray(rows) && rows.length
    ? grid("Outcomes", [["ClickPipe", (row) => row.clickpipe], ["Tool", (row) => row.tool], ["Outcome", (row) => row.outcome]], rows)
    : null;
}

function requests(data) {
  const sent = (data.requests ?? [data.request]).filter(Boolean);
  return sent.length
    ? node("details", {}, node("summary", {}, "Requests to the API"), sent.map((one) => node("div", { class: "card" },
      node("p", {}, node("strong", {}, one.method), ` ${one.path}`),
      one.note ? node("p", { class: "quiet" }, one.note) : null,
      one.body ? node("pre", {}, JSON.stringify(one.body, null, 2)) : null)))
    : null;
}
