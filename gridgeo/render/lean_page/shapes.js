// Arcs into polygons and borders: every arc is kept once and knows the polygons on its two sides.

gg.shapesOf = function (id, origin, step) {
  const next = gg.numbersOf(id);
  const [shapes, parts, rings, refs, arcs] = next(5);
  const partsOf = next(shapes), ringsOf = next(parts), refsOf = next(rings), packed = next(refs), sizes = next(arcs);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const xs = gg.walked(next(total)), ys = gg.walked(next(total));
  const begins = new Int32Array(arcs + 1), sides = new Int32Array(2 * arcs).fill(-1);
  sizes.forEach((size, arc) => { begins[arc + 1] = begins[arc] + size; });
  const x = (i) => (xs[i] + origin[0]) * step, y = (i) => (ys[i] + origin[1]) * step;
  let part = 0, ring = 0, ref = 0, arc = 0;

  function addRing(flat, owner) {
    const from = flat.length;
    for (const end = ref + refsOf[ring]; ref < end; ref += 1) {
      const against = packed[ref] % 2, stepped = Math.floor(packed[ref] / 2);
      arc += stepped % 2 ? -(stepped + 1) / 2 : stepped / 2;
      sides[2 * arc + (sides[2 * arc] < 0 ? 0 : 1)] = owner;
      const first = begins[arc], last = begins[arc + 1] - 1;
      if (against) for (let i = last; i > first; i -= 1) flat.push(x(i), y(i));
      else for (let i = first; i < last; i += 1) flat.push(x(i), y(i));
    }
    flat.push(flat[from], flat[from + 1]);
    ring += 1;
    return flat.length;
  }

  const polygons = Array.from({ length: shapes }, (_, owner) => {
    const flat = [], ends = [];
    for (const last = part + partsOf[owner]; part < last; part += 1) {
      ends.push(Array.from({ length: ringsOf[part] }, () => addRing(flat, owner)));
    }
    return new ol.geom.MultiPolygon(flat, "XY", ends);
  });

  // The arcs that `chosen(one side, other side)` wants, as one geometry; -1 is nobody's side.
  function lines(chosen) {
    const flat = [], ends = [];
    for (let n = 0; n < arcs; n += 1) {
      if (!chosen(sides[2 * n], sides[2 * n + 1])) continue;
      for (let i = begins[n]; i < begins[n + 1]; i += 1) flat.push(x(i), y(i));
      ends.push(flat.length);
    }
    return new ol.geom.MultiLineString(flat, "XY", ends);
  }

  return { polygons, lines };
};

// Lines, polygons or points of a mark: [kind, [rings of steps]], each ring x, y, dx, dy …
gg.markShape = function ([kind, rings], origin, step) {
  const places = rings.map((steps) => {
    let x = origin[0], y = origin[1];
    const ring = [];
    for (let i = 0; i < steps.length; i += 2) ring.push([(x += steps[i]) * step, (y += steps[i + 1]) * step]);
    return ring;
  });
  if (kind === "point") return new ol.geom.MultiPoint(places.map((ring) => ring[0]));
  return kind === "line" ? new ol.geom.MultiLineString(places) : new ol.geom.Polygon(places);
};
