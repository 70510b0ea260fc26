// Labels by zoom: what a grid or a community is called on the map, and where its name hides no number.

import { FONT, INK, line, solid } from "./style.js";

const { Style, Text } = ol.style;
const FULL = 80; // px: community, number and households
const SHORT = 32; // px: the number only
const LATTICE = 9;
const WIDE = 3; // a name is about three times as wide as high

function label(text, size, weight, point) {
  return new Style({
    geometry: point,
    text: new Text({
      text, font: `${weight} ${size}px ${FONT}`, fill: solid(INK), stroke: line("rgba(255,255,255,0.92)", 3),
      overflow: Boolean(point),
    }),
  });
}

// Side of the equal-area square on screen, in px.
const sideOf = (feature, resolution) => feature.get("side") / resolution;

export function gridLabel(feature, resolution) {
  const side = sideOf(feature, resolution);
  if (side < SHORT) return null;
  const number = feature.get("number");
  if (side < FULL) return label(number, 12, "500");
  return label(`${feature.get("community_name")}\n${number}　${feature.get("households")} 户`, 12, "500");
}

export function communityLabel(feature, resolution) {
  const side = sideOf(feature, resolution);
  const mean = side / Math.sqrt(Math.max(1, feature.get("grids")));
  if (side < 56 || mean >= FULL) return null;
  return label(feature.get("name"), 13, "bold", feature.get("name_point"));
}

// The inside point farthest from the border and from the numbers of the community's grids; points are [x, y].
function farthest(shape, numbers) {
  const border = new ol.geom.MultiLineString(shape.getPolygons().flatMap((part) => part.getCoordinates()));
  const [left, bottom, right, top] = shape.getExtent();
  let best = null;
  for (let i = 0; i < LATTICE * LATTICE; i += 1) {
    const x = left + ((right - left) * ((i % LATTICE) + 0.5)) / LATTICE;
    const y = bottom + ((top - bottom) * (Math.floor(i / LATTICE) + 0.5)) / LATTICE;
    if (!shape.intersectsCoordinate([x, y])) continue;
    const [nearX, nearY] = border.getClosestPoint([x, y]);
    const gaps = numbers.map(([u, v]) => Math.max(Math.abs(x - u) / WIDE, Math.abs(y - v)));
    const room = Math.min(Math.hypot(x - nearX, y - nearY), ...gaps);
    if (!best || room > best.room) best = { room, x, y };
  }
  return best && new ol.geom.Point([best.x, best.y]);
}

export function placeNames(communities, grids) {
  const numbers = new Map();
  for (const grid of grids) {
    const code = grid.get("community_code");
    const point = grid.getGeometry().getInteriorPoint().getCoordinates();
    if (!numbers.has(code)) numbers.set(code, []);
    numbers.get(code).push(point);
  }
  for (const community of communities) {
    const taken = numbers.get(community.get("code"));
    if (taken) community.set("name_point", farthest(community.getGeometry(), taken) ?? undefined, true);
  }
}
