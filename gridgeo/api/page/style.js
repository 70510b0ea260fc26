// Colours and line weights of the map. Classes come from the server, so page and printed maps agree.

export const INK = "#1c262b";
const MUTED = "#5b6a72";
const SELECTED = "#d95f02";
export const FONT = '"Source Han Sans SC","Noto Sans CJK SC","Microsoft YaHei","WenQuanYi Micro Hei",sans-serif';
const { Style, Fill, Stroke, Text } = ol.style;

export const solid = (colour) => new Fill({ color: colour });
export const line = (colour, width) => new Stroke({ color: colour, width });

// 45° hatch with white casing: an exclusive grid reads without colour, too.
export function hatch(colour, ground) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 10;
  const pen = canvas.getContext("2d");
  pen.fillStyle = ground;
  pen.fillRect(0, 0, 10, 10);
  for (const [ink, width] of [["#ffffff", 4], [colour, 1.6]]) {
    pen.strokeStyle = ink;
    pen.lineWidth = width;
    pen.beginPath();
    for (const x of [-10, 0, 10]) {
      pen.moveTo(x - 2, 12);
      pen.lineTo(x + 12, -2);
    }
    pen.stroke();
  }
  return pen.createPattern(canvas, "repeat");
}

// One style per class of the server's legend; a hatched class also gets a thick line with casing.
export function classStyles(classes) {
  const styles = new Map(classes.map((entry) => [entry.key, entry.hatch ? hatched(entry) : plain(entry)]));
  return (feature) => styles.get(feature.get("class"));
}

const plain = (entry) => new Style({ fill: solid(entry.fill), stroke: line(MUTED, 0.5) });

const hatched = (entry) => [
  new Style({ fill: solid(hatch(entry.hatch, entry.fill)), stroke: line("#ffffff", 4), zIndex: 1 }),
  new Style({ stroke: line(entry.hatch, 2), zIndex: 2 }),
];

export const outlineStyle = new Style({ stroke: line(INK, 4.8) });
export const communityLine = new Style({ stroke: line(INK, 0.9) });
export const selectedStyle = [
  new Style({ stroke: line("#ffffff", 6) }),
  new Style({ stroke: line(SELECTED, 2.5) }),
];
export const hoverStyle = new Style({ stroke: line(INK, 1.8) });
export const pointStyle = new Style({
  image: new ol.style.Circle({ radius: 6, fill: solid(SELECTED), stroke: line("#ffffff", 2) }),
});
