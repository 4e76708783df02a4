// Every pipe of an answer: what needs a person first.

import { count, duration, grid, heading, node, proposals, section, sparkline, stateMark } from "./drawing.js";

const URGENCY = { unhealthy: 0, changing: 1, healthy: 2, stopped: 3 };

/** Draw an answer of list_clickpipes or get_clickpipe_metrics; `series` are figures by id, oldest first. */
export function renderFleet(root, data, { states, act, series, asked } = {}) {
  const known = states ?? {};
  const rows = fleetRows(data).sort((one, other) =>
    rank(one, known) - rank(other, known) || Number(other.lag || 0) - Number(one.lag || 0) || one.name.localeCompare(other.name));
  const body = node("div", {});
  const told = node("p", { class: "quiet", role: "status" });
  const draw = (wanted) => {
    const shown = rows.filter((row) => `${row.name} ${row.state} ${row.source}`.toLowerCase().includes(wanted.toLowerCase()));
    told.textContent = wanted ? `${count(shown.length)} of ${count(rows.length)} shown` : "";
    body.replaceChildren(shown.length ? fleetTable(shown, known, act, series ?? {}, asked ?? {}) : node("p", {}, rows.length ? "None matches." : "Nothing to list."));
  };
  const search = node("input", { type: "search", id: "filter", oninput: () => draw(search.value) });
  draw("");
  root.replaceChildren(
    ...heading(data).flat(),
    attention(rows, known, data) ?? "",
    rows.length > 5 ? node("div", { class: "row" }, node("label", { for: "filter" }, "Filter"), search, told) : "",
    body,
    services(data) ?? "",
    proposals(data, act) ?? "");
}

function fleetRows(data) {
  return (data.clickpipes ?? []).map((row) => ({
    id: row.id, name: row.name ?? row.clickpipe ?? "", state: row.state ?? "", source: row.source ?? "",
    service: row.service, serviceId: serviceOf(row, data), lag: row.latency_ms, errors: row.errors, read: row.records_read, written: row.records_written,
  }));
}

/** The id of the service of a row, or its name where several have it. */
function serviceOf(row, data) {
  const named = (data.services ?? []).filter((one) => one.service === row.service);
  return named.length === 1 ? named[0].id : row.service;
}

function rank(row, states) {
  const errors = Number(row.errors || 0) > 0 ? -0.5 : 0;
  return (URGENCY[states[row.state]?.health] ?? 1) + errors;
}

function attention(rows, states, data) {
  const urgent = rows.filter((row) => states[row.state]?.health === "unhealthy");
  if (!urgent.length) return null;
  const more = data.matching > rows.length ? " shown" : "";
  const names = urgent.slice(0, 3).map((row) => row.name).join(", ");
  return node("p", { class: "notice" },
    `${count(urgent.length)} of the ${count(rows.length)}${more} need attention: ${names}${urgent.length > 3 ? ", …" : ""}`);
}

function fleetTable(rows, states, act, series, asked) {
  const has = (name) => rows.some((row) => row[name] !== undefined && row[name] !== "");
  const at = (row) => ({ service: row.serviceId ?? asked.service, connection: asked.connection });
  const diagnose = (row) => () => act({ tool: "diagnose_clickpipe", arguments: { clickpipe: row.id ?? row.name, ...given(at(row)) } });
  const per = asked.rates ? " per s" : "";
  const drawn = (row, figure) => sparkline(series[row.id]?.[figure], `${figure} of ${row.name} over time`);
  const columns = [
    ["ClickPipe", (row) => row.name],
    ["State", (row) => stateMark(row.state, states)],
    has("service") && ["Service", (row) => row.service],
    has("source") && ["Source", (row) => row.source],
    has("lag") && ["Lag", (row) => [duration(row.lag), drawn(row, "lag")].filter(Boolean), true],
    has("errors") && [`Errors${per}`, (row) => count(row.errors), true],
    has("read") && [`Records read${per}`, (row) => [count(row.read), drawn(row, "records")].filter(Boolean), true],
    has("written") && [`Records written${per}`, (row) => count(row.written), true],
    act && ["", (row) => node("button", { type: "button", "aria-label": `Diagnose ${row.name}`, onclick: diagnose(row) }, "Diagnose")],
  ].filter(Boolean);
  return grid("ClickPipes", columns.map(([title, make, isNumber]) =>
    [title, (row) => { const made = make(row); return Array.isArray(made) ? node("span", {}, made) : made; }, isNumber]), rows);
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
