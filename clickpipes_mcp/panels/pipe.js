// One pipe: how it fares, where its way is broken, what was found and what mends it.

import { count, duration, grid, heading, node, proposals, section, sentences, size, sparkline, stateMark, way } from "./drawing.js";

const PLACES = ["source", "network", "ClickPipe", "table"];
const PLACE_OF = {
  network: "network", access: "network", destination: "table", mapping: "table", query: "table", service: "table",
  pipe: "ClickPipe", scaling: "ClickPipe", settings: "ClickPipe", edit: "ClickPipe", cdc: "ClickPipe", workload: "ClickPipe",
  request: "ClickPipe", api: "ClickPipe",
};

/** Draw an answer of get_clickpipe, diagnose_clickpipe or wait_for_clickpipe, or the readings of one pipe. */
export function renderPipe(root, data, { states, act, series } = {}) {
  root.replaceChildren(
    ...heading(data).flat(),
    data.state ? node("p", {}, stateMark(data.state, states ?? {}), data.state_means ? ` — ${data.state_means}` : "") : "",
    way(PLACES, brokenPlace(data)),
    ...[
      pictures(series),
      section("Findings", (data.findings ?? []).map(finding)),
      section("What to do", steps(data.steps)),
      section("Worth knowing", sentences(data.worth_knowing)),
      section("Readings", data.readings?.length ? grid("Readings", [
        ["Figure", (row) => row.metric],
        ["Value", (row) => reading(row), true],
        ["Per second", (row) => row.per_s, true],
      ], data.readings) : null),
      section("Configuration", settings(data)),
      section("Looked at", data.looked_at ? node("p", { class: "quiet" }, data.looked_at) : null,
        sentences(data.not_seen)),
      proposals(data, act),
    ].filter(Boolean));
}

function brokenPlace(data) {
  const first = data.findings?.[0];
  const isKnown = first && first.severity !== "note" && first.confidence !== "low";
  return isKnown ? PLACE_OF[first.cause.split(".")[0]] ?? "source" : null;
}

function pictures(series) {
  const drawn = Object.entries(series ?? {}).map(([name, points]) => [name, sparkline(points, `${name} over time`), points]);
  const rows = drawn.filter(([, picture]) => picture);
  return rows.length ? section("Over time", grid("Over time", [
    ["Figure", ([name]) => name], ["", ([, picture]) => picture], ["Now", ([name, , points]) => name === "lag" ? duration(points.at(-1)) : count(points.at(-1)), true],
  ], rows)) : null;
}

function finding(one) {
  return node("div", { class: "card" },
    node("p", {}, node("strong", {}, one.what), " ", node("span", { class: "quiet" }, `${one.severity}, ${one.confidence}`)),
    one.why ? node("p", {}, one.why) : null,
    one.evidence ? node("pre", {}, one.evidence) : null,
    one.documentation ? node("p", { class: "quiet" }, one.documentation) : null);
}

function steps(list) {
  return list?.length
    ? node("ol", {}, list.map((one) => node("li", {},
      one.where ? node("span", { class: "quiet" }, `${one.where.replaceAll("-", " ")}: `) : null, one.step, one.code ? node("pre", {}, one.code) : null)))
    : null;
}

function reading(row) {
  if (row.unit === "bytes") return size(row.value);
  return row.unit === "ms" ? duration(row.value) : `${count(row.value)} ${row.unit}`;
}

function settings(data) {
  const parts = { source: data.configuration, destination: data.destination, scaling: data.scaling };
  const rows = Object.entries(parts).flatMap(([name, part]) => flat(name, part));
  return rows.length ? grid("Configuration", [["Field", ([name]) => name], ["Value", ([, value]) => value]], rows) : null;
}

function flat(name, value) {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value))
    return value.every((one) => typeof one !== "object") ? [[name, value.join(", ")]] : [[name, `${count(value.length)} items`]];
  if (typeof value === "object") return Object.entries(value).flatMap(([key, inner]) => flat(`${name}.${key}`, inner));
  return [[name, String(value)]];
}
