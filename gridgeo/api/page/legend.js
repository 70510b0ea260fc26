// The legend: the server's classes with their counts, then the kinds of line.

import { node, number } from "./card.js";
import { hatch } from "./style.js";

function row(swatch, text, count) {
  const item = node("li");
  item.append(swatch, node("span", text), node("span", count, { class: "number" }));
  return item;
}

function swatch(entry) {
  const canvas = node("canvas", undefined, { class: "swatch", width: "24", height: "14" });
  const pen = canvas.getContext("2d");
  pen.fillStyle = entry.hatch ? hatch(entry.hatch, entry.fill) : entry.fill;
  pen.fillRect(0, 0, 24, 14);
  canvas.style.borderColor = entry.hatch || "";
  return canvas;
}

export function showLegend(target, layer) {
  const list = node("ul");
  for (const entry of layer.legend.classes) list.append(row(swatch(entry), entry.label, number.format(entry.count)));
  list.append(row(node("i", undefined, { class: "line community" }), "社区界", number.format(layer.communities)));
  list.append(row(node("i", undefined, { class: "line grid" }), "网格界", number.format(layer.grids)));
  target.querySelector("summary").textContent = layer.legend.title;
  target.querySelector("div").replaceChildren(list);
  // On a telephone the map needs the room; a tap opens the legend.
  target.open = !matchMedia("(max-width: 760px)").matches;
}
