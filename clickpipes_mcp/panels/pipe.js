// One pipe: how it fares, where its way is broken, what was found and what mends it.

import { count, duration, grid, heading, moment, node, proposals, section, sentences, size, sparkline, stateMark, way } from "./drawing.js";

const PLACES = ["source", "network", "ClickPipe", "table"];
// Of causes by their name or their family; those of sources are all others. What the API refuses breaks no way.
const PLACE_OF = {
  network: "network", destination: "table", mapping: "table", query: "table", service: "table",
  pipe: "ClickPipe", scaling: "ClickPipe", settings: "ClickPipe", edit: "ClickPipe", cdc: "ClickPipe", workload: "ClickPipe",
  "stream.undersized": "ClickPipe",
  access: null, api: null, request: null,
};
const DRAWN = { lag: ["Lag", duration], records: ["Records per s", count], errors: ["Errors per s", count] };

/** Draw an answer of get_clickpipe, diagnose_clickpipe or wait_for_clickpipe, or the readings of one pipe. */
export function renderPipe(root, data, { states, act, series } = {}) {
  const known = states ?? {};
  root.replaceChildren(
    ...heading(data).flat(),
    data.state ? node("p", {}, stateMark(data.state, known), data.state_means ? ` — ${data.state_means}` : "") : "",
    way(PLACES, brokenPlace(data)),
    ...[
      section("Findings", (data.findings ?? []).map(finding)),
      section("What to do", steps(data.steps)),
      pictures(series ?? {}),
      history(series?.states, known),
      section("Worth knowing", sentences(data.worth_knowing)),
      section("Readings", data.readings?.length ? grid("Readings", [
        ["Figure", (row) => row.metric],
        ["Value", (row) => reading(row), true],
        ["Per second", (row) => row.per_s, true],
      ], data.readings) : null),
      section("Probes", data.probes?.length ? grid("Probes", Object.keys(data.probes[0]).map((name) =>
        [name.replaceAll("_", " "), (row) => row[name]]), data.probes) : null),
      section("Configuration", settings(data)),
      section("Field mappings", data.field_mappings?.length ? grid("Field mappings", [
        ["Source field", (row) => row.source_field], ["Destination field", (row) => row.destination_field],
      ], data.field_mappings) : null, data.field_mappings_left_out ? node("p", { class: "quiet" }, `and ${count(data.field_mappings_left_out)} more`) : null),
      section("Looked at", data.looked_at ? node("p", { class: "quiet" }, data.looked_at) : null,
        sentences(data.not_seen)),
      proposals(data, act),
    ].filter(Boolean));
}

function brokenPlace(data) {
  const first = data.findings?.[0];
  const isKnown = first && first.severity !== "note" && first.confidence !== "low";
  if (!isKnown) return null;
  const named = [first.cause, first.cause.split(".")[0]].find((name) => name in PLACE_OF);
  return named ? PLACE_OF[named] : "source";
}

function pictures(series) {
  const rows = Object.entries(DRAWN).flatMap(([name, [title, shown]]) => {
    const points = series[name] ?? [];
    const picture = sparkline(points, `${title} over time`, "spark broad");
    return picture ? [{ title, picture, least: shown(Math.min(...points)), most: shown(Math.max(...points)), last: shown(points.at(-1)) }] : [];
  });
  return section("Over time", rows.length ? grid("Over time", [
    ["Figure", (row) => row.title], ["Course", (row) => row.picture],
    ["Lowest", (row) => row.least, true], ["Highest", (row) => row.most, true], ["Last", (row) => row.last, true],
  ], rows) : null, rows.length && series.last ? node("p", { class: "quiet" }, `From ${moment(series.first)} to ${moment(series.last.at)}.`) : null);
}

function history(seen, states) {
  return section("State history", seen?.length ? grid("State history", [
    ["State", (row) => stateMark(row.state, states)],
    ["Seen from", (row) => `${moment(row.from)}${row.is_exact === false ? ", or before" : ""}`],
    ["Seen until", (row) => row.until ? moment(row.until) : "now"],
  ], [...seen].reverse()) : null);
}

function finding(one) {
  return node("div", { class: "card" },
    node("p", {}, node("strong", {}, one.what), " ", node("span", { class: "quiet" }, `${one.severity}, ${one.confidence} confidence`)),
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
  const parts = {
    id: data.id, service_id: data.service_id, created_at: data.created_at, updated_at: data.updated_at,
    source: data.configuration, destination: data.destination, scaling: data.scaling,
  };
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
