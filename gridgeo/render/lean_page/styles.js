// Colours and lines of the map; the colours come from the page's style sheet and the data.

gg.styles = (function () {
  const { Style, Fill, Stroke } = ol.style;
  const root = getComputedStyle(document.documentElement), colour = (name) => root.getPropertyValue(`--${name}`).trim();
  const solid = (ink) => new Fill({ color: ink });
  const line = (ink, width, lineDash) => new Stroke({ color: ink, width, lineDash, lineCap: lineDash ? "butt" : "round" });

  // 45° lines with a white casing: a hatched grid reads without its colour, too.
  function hatch(ink, ground, ratio) {
    const canvas = document.createElement("canvas"), side = 10 * ratio;
    canvas.width = canvas.height = side;
    const pen = canvas.getContext("2d");
    if (ground) {
      pen.fillStyle = ground;
      pen.fillRect(0, 0, side, side);
    }
    for (const [look, width] of ground ? [["#ffffff", 4], [ink, 1.6]] : [[ink, 1.2]]) {
      pen.strokeStyle = look;
      pen.lineWidth = width * ratio;
      pen.beginPath();
      for (const x of [-side, 0, side]) {
        pen.moveTo(x - 0.2 * side, 1.2 * side);
        pen.lineTo(x + 1.2 * side, -0.2 * side);
      }
      pen.stroke();
    }
    return pen.createPattern(canvas, "repeat");
  }

  function classes(rows, ratio) {
    const looks = new Map(rows.map((row) => [row.key, row.hatch
      ? [new Style({ fill: solid(hatch(row.hatch, row.fill, ratio)) }),
        new Style({ stroke: line("#ffffff", 4), zIndex: 1 }), new Style({ stroke: line(row.hatch, 2), zIndex: 2 })]
      : [new Style({ fill: solid(row.fill) })]]));
    return (feature) => looks.get(feature.get("class"));
  }

  // What is narrower on the screen than a few pixels is a smear: such borders are left out.
  const LEVELS = {
    outer: ["neighbour-line", 0.8, 0], grid: ["muted", 0.5, 5], community: ["ink", 0.9, 20], street: ["ink", 2, 12],
    city: ["ink", 2.4, 0],
  };

  function borders(sides) {
    const looks = Object.entries(LEVELS).map(([level, [ink, width]], n) =>
      [level, new Style({ stroke: line(colour(ink), width), zIndex: 1 + n })]);
    const styles = Object.fromEntries(looks);
    return (level, resolution) => (sides[level] / resolution < LEVELS[level][2] ? null : styles[level]);
  }

  function mark(look, ratio, zIndex) {
    const casing = look.casing ? [new Style({ stroke: line("#ffffff", look.width + 3), zIndex })] : [];
    const fill = look.hatch ? solid(hatch(look.colour, "", ratio)) : undefined;
    const image = new ol.style.Circle({ radius: Math.max(3, look.width / 2), fill: solid(look.colour), stroke: line("#ffffff", 1.5) });
    return [...casing, new Style({ fill, stroke: line(look.colour, look.width, look.dashes), image, zIndex })];
  }

  // Neighbours, borders from the thinnest to the widest, marks in their order.
  function lines(model, ratio) {
    const neighbour = new Style({ fill: solid(colour("neighbour")), zIndex: 0 }), border = borders(model.sides);
    const marks = model.marks.map((one, n) => mark(one.look, ratio, 10 + n));
    return function (feature, resolution) {
      const level = feature.get("level"), at = feature.get("mark");
      if (level) return border(level, resolution);
      return at === undefined ? neighbour : marks[at];
    };
  }

  return {
    colour, classes, lines,
    chosen: () => [new Style({ stroke: line("#ffffff", 6) }), new Style({ stroke: line(colour("changed"), 3) })],
    found: () => [new Style({ stroke: line("#ffffff", 4) }), new Style({ stroke: line(colour("changed"), 1.6) })],
    hovered: () => new Style({ stroke: line(colour("ink"), 1.8) }),
  };
})();
