// The map on canvas, in the city's own metric coordinates: a metre is as long everywhere, north is up.

gg.reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;

gg.plane = new ol.proj.Projection({ code: "city", units: "m", getPointResolution: (resolution) => resolution });

gg.Sources = class {
  constructor(model) {
    const source = (features) => new ol.source.Vector({ features });
    this.grids = source(model.grids.map((grid) => grid.feature));
    this.lines = source([...model.neighbours, ...model.borders, ...model.marks.flatMap((mark) => mark.features)]);
    this.hovered = source([]);
    this.found = source([]);
    this.chosen = source([]);
  }
};

// The layers of one map, from the bottom. A picture kept while the map moves is quick; a sheet of paper needs none.
gg.layersOf = function (model, sources, labels, ratio, kept) {
  const { styles } = gg, Layer = kept ? ol.layer.VectorImage : ol.layer.Vector;
  const still = (source, style) => new Layer(kept ? { source, style, imageRatio: 1.5 } : { source, style });
  const light = (source, style) => new ol.layer.Vector({ source, style });
  const canvas = document.createElement("canvas");
  return [
    still(sources.grids, styles.classes(model.classes, ratio)),
    still(sources.lines, styles.lines(model, ratio)),
    light(sources.hovered, styles.hovered()),
    light(sources.found, styles.found()),
    light(sources.chosen, styles.chosen()),
    new ol.layer.Layer({ render: (frame) => labels.draw(frame, canvas) }),
  ];
};

gg.Map = class {
  constructor(model, target) {
    Object.assign(this, { model, sources: new gg.Sources(model), labels: new gg.Labels(model) });
    const [left, bottom, right, top] = model.extent, slack = 0.5 * Math.max(right - left, top - bottom, 100);
    this.view = new ol.View({
      projection: gg.plane, enableRotation: false, minResolution: 0.1, showFullExtent: true, constrainOnlyCenter: true,
      extent: [left - slack, bottom - slack, right + slack, top + slack], smoothExtentConstraint: false,
      center: [(left + right) / 2, (bottom + top) / 2], resolution: Math.max((right - left) / 400, 0.1),
      maxResolution: Math.max(right - left, top - bottom, 100) / 100,
    });
    this.map = new ol.Map({
      target, view: this.view, controls: [],
      layers: gg.layersOf(model, this.sources, this.labels, window.devicePixelRatio || 1, true),
      interactions: ol.interaction.defaults.defaults({ altShiftDragRotate: false, pinchRotate: false }),
    });
    this.map.on("moveend", () => this.remember());
    this.showAll();
  }

  showAll() {
    const size = this.map.getSize(), below = size && size[0] < 900 ? 66 : 16; // the scale bar stands there
    this.view.fit(this.model.extent, { padding: [16, 16, below, 16], size });
    this.remember();
  }

  // The window or what stands beside the map changed; who saw the whole city goes on seeing it.
  resize() {
    const whole = ol.extent.containsExtent(this.seen, this.model.extent);
    this.map.updateSize();
    if (whole) this.showAll();
    else this.remember();
  }

  remember() {
    this.seen = this.view.calculateExtent(this.map.getSize());
  }

  zoom(steps) {
    this.view.animate({ zoom: this.view.getZoom() + steps, duration: gg.reduced ? 0 : 200 });
  }

  at(pixel) {
    const place = this.map.getCoordinateFromPixel(pixel);
    const [feature] = place ? this.sources.grids.getFeaturesAtCoordinate(place) : [];
    return feature ? this.model.grids[feature.get("index")] : null;
  }

  show(kind, grids) {
    this.sources[kind].clear(true);
    this.sources[kind].addFeatures(grids.map((grid) => new ol.Feature(grid.feature.getGeometry())));
  }

  bringIntoView(grids) {
    const extent = ol.extent.createEmpty();
    for (const grid of grids) ol.extent.extend(extent, grid.feature.getGeometry().getExtent());
    const [width, height] = this.map.getSize(), pad = Math.round(0.22 * Math.min(width, height));
    this.view.fit(extent, { padding: [pad, pad, pad, pad], minResolution: 0.5, duration: gg.reduced ? 0 : 250 });
  }

  // Moves only if the grid is not on the screen.
  reveal(grid) {
    const seen = this.view.calculateExtent(this.map.getSize());
    if (!ol.extent.containsCoordinate(seen, grid.spot)) this.view.animate({ center: grid.spot, duration: gg.reduced ? 0 : 250 });
  }
};
