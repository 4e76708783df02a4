// Every pipe of an answer: what needs a person first.

import { count, duration, grid, heading, moment, node, proposals, section, sparkline, stateMark } from "./drawing.js";

const URGENCY = { unhealthy: 0, changing: 1, healthy: 2, stopped: 3 };
const MOST_NAMED = 3;

/** Draw an answer of list_clickpipes or get_clickpipe_metrics; `series` are figures and `links` addresses by id. */
export function renderFleet(root, data, { states, act, series, asked, links, wanted } = {}) {
  const known = states ?? {};
  const rows = fleetRows(data, series ?? {}, known).sort(byUrgency);
  const body = node("div", {});
  const told = node("p", { class: "quiet", role: "status" });
  const draw = (text) => {
    const shown = rows.filter((row) => `${row.name} ${row.state} ${row.source} ${row.service ?? ""}`.toLowerCase().includes(text.trim().toLowerCase()));
    told.textContent = text ? `${count(shown.length)} of ${count(rows.length)} shown` : "";
    body.replaceChildren(shown.length ? fleetTable(shown, known, { act, asked: asked ?? {}, links: links ?? {} })
      : node("p", {}, rows.length ? "None matches." : "There are no ClickPipes to list."));
  };
  const search = node("input", { type: "search", id: "filter", value: wanted, oninput: () => draw(search.value) });
  draw(wanted ?? "");
  root.replaceChildren(
    ...heading(data).flat(),
    attention(rows, data) ?? "",
    rows.length > 5 || wanted ? node("div", { class: "row" }, node("label", { for: "filter" }, "Filter"), search, told) : "",
    body,
    age(rows, data),
    services(data) ?? "",
    proposals(data, act) ?? "");
}

function fleetRows(data, series, states) {
  return (data.clickpipes ?? []).map((row) => {
    const figures = series[row.id ?? row.clickpipe] ?? {};
    const health = states[row.state]?.health ?? "changing";
    return {
      id: row.id, name: row.name ?? row.clickpipe ?? "", state: row.state ?? "", source: row.source ?? "",
      service: row.service, serviceId: serviceOf(row, data), health, figures,
      rank: figures.rank ?? (health === "unhealthy" ? 1 : 0), why: figures.attention ?? states[row.state]?.meaning,
      // Of a pipe that rests the API tells 0.
      lag: states[row.state]?.is_at_work === false ? "" : row.latency_ms ?? figures.last?.lag_ms, errors: row.errors ?? figures.last?.errors,
      rate: figures.records?.at(-1), read: row.records_read, written: row.records_written,
    };
  });
}

/** The id of the service of a row, or its name where several have it. */
function serviceOf(row, data) {
  const named = (data.services ?? []).filter((one) => one.service === row.service);
  return named.length === 1 ? named[0].id : row.service;
}

function byUrgency(one, other) {
  return other.rank - one.rank || URGENCY[one.health] - URGENCY[other.health] || Number(other.errors || 0) - Number(one.errors || 0)
    || Number(other.lag || 0) - Number(one.lag || 0) || one.name.localeCompare(other.name);
}

function attention(rows, data) {
  const urgent = rows.filter((row) => row.rank > 0);
  if (!urgent.length) return null;
  const more = data.matching > rows.length ? " shown" : "";
  const named = urgent.slice(0, MOST_NAMED).map((row) => `${row.name} (${row.why ?? row.state})`).join(", ");
  const told = rows.length > 1 ? `${count(urgent.length)} of the ${count(rows.length)}${more} ${urgent.length === 1 ? "needs" : "need"} attention` : "Needs attention";
  return node("p", { class: "notice" }, `${told}: ${named}${urgent.length > MOST_NAMED ? ", …" : ""}`);
}

function fleetTable(rows, states, { act, asked, links }) {
  const has = (name) => rows.some((row) => row[name] !== undefined && row[name] !== "");
  const at = (row) => ({ service: row.serviceId ?? asked.service, connection: asked.connection });
  const diagnose = (row) => () => act({ tool: "diagnose_clickpipe", arguments: { clickpipe: row.id ?? row.name, ...given(at(row)) } });
  const per = asked.rates ? " per s" : "";
  const drawn = (row, figure) => sparkline(row.figures[figure], `${figure} of ${row.name} over time`);
  const name = (row) => links[row.id] ? node("a", { id: `p${row.id}`, href: links[row.id] }, row.name) : row.name;
  return grid("ClickPipes", [
    ["ClickPipe", name],
    ["State", (row) => stateMark(row.state, states)],
    has("service") && ["Service", (row) => row.service],
    has("source") && ["Source", (row) => row.source],
    has("lag") && ["Lag", (row) => both(drawn(row, "lag"), duration(row.lag)), true],
    has("rate") && ["Records per s", (row) => both(drawn(row, "records"), count(row.rate)), true],
    has("read") && [`Records read${per}`, (row) => count(row.read), true],
    has("written") && [`Records written${per}`, (row) => count(row.written), true],
    has("errors") && [`Errors${per}`, (row) => count(row.errors), true],
    act && ["", (row) => node("button", { type: "button", "aria-label": `Diagnose ${row.name}`, onclick: diagnose(row) }, "Diagnose")],
  ].filter(Boolean), rows);
}

/** A number and the picture of its course; nothing where there is no number. */
function both(picture, text) {
  return picture && text ? node("span", { class: "drawn" }, picture, node("span", {}, text)) : text;
}

/** When the figures of a list were read, which the answer itself does not hold. */
function age(rows, data) {
  const [first, ...others] = rows.map((row) => row.figures.last?.at).filter(Boolean).sort();
  if (!first) return "";
  const since = data.clickpipes.some((row) => row.errors !== undefined) ? "" : " Errors are since each pipe began.";
  return node("p", { class: "quiet" }, `Figures were read at ${moment(first)}${others.every((at) => at === first) ? "" : " or later"}.${since}`);
}

function given(values) {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null));
}

function services(data) {
  return data.services?.length
    ? section("Services", grid("Services", [
      ["Service", (row) => row.service],
      ["ClickPipes", (row) => count(row.clickpipes), true],
      ["States", (row) => row.states],
    ], data.services))
    : null;
}
