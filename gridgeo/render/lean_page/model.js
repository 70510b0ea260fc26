// What the page knows: grids with their shapes, texts and figures.

gg.Model = class {
  constructor(words) {
    const { polygons, lines } = gg.shapesOf("shapes", words.origin, words.step);
    Object.assign(this, {
      words, classes: words.classes, columns: words.columns, levels: words.levels, labels: words.labels,
      extent: words.extent, place: words.place,
    });
    const [xs, ys] = [0, 1].map((axis) => gg.added(words.spots[axis]).map((n) => (n + words.origin[axis]) * words.step));
    const communities = words.communities.map((one) => ({
      ...one, community: one.name, community_code: one.code, parents: [one.county, one.street].filter(Boolean),
    }));
    for (const level of this.levels) for (const unit of level.units) unit.community = communities[unit.community];
    this.grids = words.codes.map((code, index) => {
      const community = communities[words.homes[index]], shape = polygons[index];
      const feature = new ol.Feature(shape);
      feature.setProperties({ class: words.keys[index], index }, true);
      return {
        index, code, community, feature, name: words.names[index], number: words.numbers[index],
        chain: [...community.parents, community.name].filter(Boolean), side: Math.sqrt(shape.getArea()),
        spot: [xs[index], ys[index]], room: words.rooms[index] * words.step,
      };
    });
    this.roomy = [...this.grids].sort((a, b) => b.room - a.room || a.index - b.index);
    this.neighbours = polygons.slice(this.grids.length).map((shape) => new ol.Feature(shape));
    this.marks = words.marks.map((mark, n) => ({
      look: mark,
      features: mark.shapes.map((shape) => new ol.Feature({
        geometry: gg.markShape(shape, words.origin, words.step), mark: n,
      })),
    }));
    this.borders = this.bordersFrom(lines);
    this.sides = { grid: gg.median(this.grids.map((grid) => grid.side)) };
    for (const level of this.levels) this.sides[level.key] = level.side;
    this.sides.street = this.sides.street || this.sides.county || 0;
  }

  // A border is drawn once, on its highest level.
  bordersFrom(lines) {
    const count = this.grids.length, own = (n) => n >= 0 && n < count;
    const level = (a, b) => {
      if (!own(a) && !own(b)) return "outer";
      if (!own(a) || !own(b)) return "city";
      const [one, two] = [this.grids[a].community, this.grids[b].community];
      if (one === two) return "grid";
      return one.parents.join("\n") === two.parents.join("\n") ? "community" : "street";
    };
    return ["outer", "grid", "community", "street", "city"].map((name) => {
      const feature = new ol.Feature(lines((a, b) => level(a, b) === name));
      feature.set("level", name, true);
      return feature;
    });
  }

  value(column, index) {
    const from = { code: () => gg.grouped(this.grids[index].code), name: () => this.grids[index].name };
    if (column.from in from) return from[column.from]();
    if (column.from) return this.grids[index].community[column.from];
    return column.values[index];
  }

  text(column, index) {
    return gg.shown(this.value(column, index));
  }
};

// As it is shown: figures in groups of three, nothing as a dash.
gg.shown = function (value) {
  if (value === null || value === undefined || value === "") return "–";
  return typeof value === "number" ? value.toLocaleString("zh-CN") : String(value);
};

gg.added = function (steps) {
  let sum = 0;
  return steps.map((step) => (sum += step));
};

gg.median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] || 0;

gg.grouped = (code) => (/^\d{9}(\d{3}){0,2}$/.test(code) ? code.slice(0, 6) + code.slice(6).replace(/\d{3}/g, " $&") : code);

// An element with its text; never markup.
gg.node = function (tag, text, attributes) {
  const element = document.createElement(tag);
  if (text !== undefined && text !== null) element.textContent = text;
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  return element;
};
