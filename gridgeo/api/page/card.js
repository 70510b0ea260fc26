// The result card, its table, the list of grids in view. Built from DOM nodes only: no markup from data.

export const number = new Intl.NumberFormat("zh-CN");
const KINDS = { general: "综合网格", exclusive: "专属网格", micro: "微网格" };
const $ = (id) => document.getElementById(id);

export function node(tag, text, attributes = {}) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

export function area(m2) {
  return m2 >= 1e6 ? `${number.format(Math.round(m2 / 1e4) / 100)} 平方公里` : `${number.format(Math.round(m2))} 平方米`;
}

// Where nobody in the whole layer is counted, no register tells people: 0 would not be a fact.
let peopled = true;

export function tellPeople(total) {
  peopled = total > 0;
}

function rows(grid) {
  return [
    ["类别", KINDS[grid.kind] ?? grid.kind],
    ["所属社区", grid.community_name],
    ["户数", `${number.format(grid.households)} 户`],
    ["人口", peopled ? `${number.format(grid.population)} 人` : "–"],
    ["企业", `${number.format(grid.enterprises)} 家`],
    ["面积", area(grid.area_m2)],
  ];
}

export const nameOf = (grid) => grid.full_name || grid.short_name;

const sentence = (grid) =>
  `${nameOf(grid)}，${number.format(grid.households)} 户，${number.format(grid.enterprises)} 家企业`;

export function showCard(grid) {
  $("card-code").textContent = grid.code_grouped;
  $("card-code").dataset.code = grid.code;
  $("card-name").textContent = nameOf(grid);
  $("card-chain").textContent = grid.chain.join(" › ");
  $("card-rows").replaceChildren(...rows(grid).map(([name, value]) => {
    const row = node("tr");
    row.append(node("th", name, { scope: "row" }), node("td", value));
    return row;
  }));
  $("card").hidden = false;
  $("live").textContent = sentence(grid);
}

export function hideCard() {
  $("card").hidden = true;
}

// kind: "error" | "warning" | "note"; lines are plain sentences; choices are [text, action] pairs.
export function say(kind, lines, choices = []) {
  const box = $("message");
  const icon = { error: "✕", warning: "▲", note: "✓" }[kind];
  box.className = kind;
  box.replaceChildren(...lines.filter(Boolean).map((line, i) => node("p", i ? line : `${icon} ${line}`)));
  for (const [text, action] of choices) {
    const button = node("button", text, { type: "button" });
    button.addEventListener("click", action);
    box.append(button);
  }
  box.hidden = !lines.length;
}

export const LIST_ROWS = 200;

export function showList(features, chosen, pick) {
  const grids = features.map((feature) => feature.getProperties()).sort((a, b) => (a.code < b.code ? -1 : 1));
  const more = grids.length > LIST_ROWS ? `（列出前 ${LIST_ROWS} 个）` : "";
  $("list-count").textContent = `${number.format(grids.length)} 个${more}`;
  const body = $("list-rows");
  const focused = body.contains(document.activeElement); // the keyboard must not fall out of a list drawn anew
  body.replaceChildren(...grids.slice(0, LIST_ROWS).map((grid) => {
    const row = node("tr", undefined, { tabindex: "-1", "data-code": grid.code });
    row.append(node("td", grid.code_grouped, { class: "code" }), node("td", nameOf(grid)),
      node("td", number.format(grid.households), { class: "number" }));
    row.addEventListener("click", () => pick(grid.code));
    return row;
  }));
  markRow(chosen, focused);
}

// One row is in the tab order; arrows move on from it.
export function markRow(code, focus = false) {
  const all = [...$("list-rows").children];
  for (const row of all) {
    row.ariaSelected = String(row.dataset.code === code);
    row.tabIndex = -1;
  }
  const current = all.find((row) => row.dataset.code === code) ?? all[0];
  if (!current) return;
  current.tabIndex = 0;
  if (focus) current.focus();
}

export function listKeys(pick) {
  $("list-rows").addEventListener("keydown", (event) => {
    const row = event.target.closest("tr");
    const next = { ArrowDown: row?.nextElementSibling, ArrowUp: row?.previousElementSibling }[event.key];
    if (!next && event.key !== "Enter") return;
    event.preventDefault();
    (next ?? row).focus();
    pick((next ?? row).dataset.code, event.key === "Enter");
  });
}

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Plain http on an office network: the clipboard API is off there.
    const field = node("textarea");
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}
