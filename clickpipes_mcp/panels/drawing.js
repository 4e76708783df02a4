// What all panels draw with. Whatever comes from outside is set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const MARK = { healthy: "●", unhealthy: "▲", changing: "◐", stopped: "■" };
const PER_S = 1000;

/** An element with attributes and children; texts and numbers become text. */
export function node(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name === "onclick" || name === "oninput") made[name] = value;
    else if (value !== undefined && value !== null && value !== "") made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

/** The state of a pipe: a shape, a colour and the word. */
export function stateMark(state, states) {
  const known = states[state];
  const health = known?.health ?? "changing";
  return node("span", { class: `state ${health}`, title: known?.meaning },
    node("span", { "aria-hidden": "true" }, `${MARK[health]} `), state);
}

/** A heading and what belongs to it; nothing where there is nothing. */
export function section(title, ...children) {
  const held = children.flat().filter(Boolean);
  return held.length ? node("section", {}, node("h2", {}, title), held) : null;
}

/** A list of sentences; nothing where there are none. */
export function sentences(texts) {
  return texts?.length ? node("ul", {}, texts.map((text) => node("li", {}, text))) : null;
}

/** A table; `columns` are title, what makes a cell of a row, and whether it is a number. */
export function grid(caption, columns, rows) {
  const cell = (row, [title, make, isNumber], at) =>
    node(at ? "td" : "th", { role: at ? "cell" : "rowheader", scope: at ? null : "row", "data-label": at && columns.length > 2 ? title : null, class: isNumber ? "number" : null },
      make(row) ?? "");
  // Narrow, they are drawn as blocks; the roles keep them a table for those who hear it.
  return node("table", { role: "table" },
    node("caption", { class: "hidden" }, caption),
    node("thead", { role: "rowgroup" }, node("tr", { role: "row" }, columns.map(([title, , isNumber]) =>
      node("th", { role: "columnheader", scope: "col", class: isNumber ? "number" : null }, title)))),
    node("tbody", { role: "rowgroup" }, rows.map((row) => node("tr", { role: "row" }, columns.map((column, at) => cell(row, column, at))))));
}

/** A whole number with thin spaces, or nothing. */
export function count(value) {
  const number = Number(value);
  return value === "" || value === undefined || value === null || !Number.isFinite(number)
    ? "" : number.toLocaleString("en").replaceAll(",", "\u202f");
}

/** Milliseconds in the unit a person would use. */
export function duration(value) {
  if (value === "" || value === undefined || value === null) return "";
  const ms = Number(value);
  if (!Number.isFinite(ms)) return "";
  if (ms < PER_S) return `${count(Math.round(ms))} ms`;
  const s = ms / PER_S;
  if (s < 120) return `${count(Math.round(s * 10) / 10)} s`;
  return s < 7200 ? `${count(Math.round(s / 60))} min` : `${count(Math.round(s / 3600))} h`;
}

/** Octets in the unit a person would use. */
export function size(value) {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let left = Number(value);
  let unit = 0;
  while (left >= 1000 && unit < units.length - 1) { left /= 1000; unit += 1; }
  return `${count(Math.round(left * 10) / 10)} ${units[unit]}`;
}

/** A moment in UTC, as an answer tells it. */
export function moment(iso) {
  const [day, time] = String(iso ?? "").split("T");
  return time ? `${day} ${time.slice(0, 8)} UTC` : day;
}

/** A line through a series, oldest first; nothing for less than two points. */
export function sparkline(series, label, kind = "spark") {
  const points = (series ?? []).map(Number).filter(Number.isFinite);
  if (points.length < 2) return null;
  const most = Math.max(...points), least = Math.min(...points);
  const level = most ? 10 : 19;
  const place = (value, at) =>
    `${(at * 94) / (points.length - 1) + 1},${most === least ? level : 19 - ((value - least) * 18) / (most - least)}`;
  const drawn = document.createElementNS(SVG, "svg");
  for (const [name, value] of [["viewBox", "0 0 96 20"], ["class", kind], ["preserveAspectRatio", "none"], ["role", "img"], ["aria-label", label]])
    drawn.setAttribute(name, value);
  const line = document.createElementNS(SVG, "polyline");
  line.setAttribute("points", points.map(place).join(" "));
  drawn.append(line);
  return drawn;
}

/** The way of the data; the place that a cause is at is marked in shape, colour and words. */
export function way(places, broken) {
  return node("ol", { class: "way", "aria-label": "Way of the data" }, places.map((place, at) =>
    node("li", { class: place === broken ? "is-broken" : null },
      at ? node("span", { class: "quiet", "aria-hidden": "true" }, "→") : null,
      node("span", { class: "place" }, place === broken ? `✕ ${place}` : place,
        place === broken ? node("span", { class: "hidden" }, " (broken here)") : null))));
}

/** What heads every panel: the sentence of the answer, where it is from, what it warns of. */
export function heading(data) {
  return [
    node("h1", { tabindex: "-1" }, data.summary ?? ""),
    node("p", { class: "quiet" }, [data.environment, data.read].filter(Boolean).join(" · ")),
    (data.warnings ?? []).map((text) => node("p", { class: "notice", role: "note" }, text)),
  ];
}

/** Buttons for the calls that the answer proposes; whoever is asked for a yes is asked all the same. */
export function proposals(data, act) {
  const proposed = act ? data.next_actions ?? [] : [];
  return proposed.length
    ? node("div", { class: "row" }, proposed.map((one) =>
      node("button", { type: "button", onclick: () => act(one) }, `${one.tool}: ${one.why}`)))
    : null;
}
