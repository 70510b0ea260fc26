// The map: communities and grids on canvas, selection, hover, north always up.

import { communityLabel, gridLabel, placeNames } from "./labels.js";
import * as style from "./style.js";

const WEB = "EPSG:3857";
const format = new ol.format.GeoJSON({ featureProjection: WEB });
const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;

function read(collection) {
  const features = format.readFeatures(collection);
  for (const feature of features) feature.set("side", Math.sqrt(feature.getGeometry().getArea()), true);
  return features;
}

function layer(kind, source, zIndex, options = {}) {
  return new ol.layer[kind]({ source, zIndex, style: null, ...options });
}

export class GridMap {
  constructor(target, classes, box) {
    this.grids = new ol.source.Vector();
    this.communities = new ol.source.Vector();
    this.marks = new ol.source.Vector();
    this.hovered = new ol.source.Vector();
    this.choices = new ol.source.Vector();
    this.fills = layer("VectorImage", this.grids, 2, { style: style.classStyles(classes), imageRatio: 1.5 });
    this.overview = layer("VectorImage", this.communities, 1, { style: style.classStyles(classes), visible: false });
    this.box = ol.proj.transformExtent(box, "EPSG:4326", WEB);
    this.map = new ol.Map({
      target,
      layers: [layer("Vector", this.communities, 0, { style: style.outlineStyle }), this.overview, this.fills,
        layer("VectorImage", this.communities, 3, { style: style.communityLine }),
        layer("Vector", this.hovered, 5, { style: style.hoverStyle }),
        layer("Vector", this.marks, 6, { style: style.selectedStyle }),
        layer("Vector", this.choices, 9, { style: style.pointStyle }),
        layer("Vector", this.communities, 7, { style: communityLabel, declutter: "labels" }),
        layer("Vector", this.grids, 8, { style: gridLabel, declutter: "labels" })],
      controls: [
        new ol.control.Zoom({ zoomInTipLabel: "放大", zoomOutTipLabel: "缩小" }),
        new ol.control.ZoomToExtent({ extent: this.box, label: "全", tipLabel: "看全图" }),
        new ol.control.ScaleLine({ minWidth: 96 }),
      ],
      interactions: ol.interaction.defaults.defaults({ altShiftDragRotate: false, pinchRotate: false }),
      view: new ol.View({ projection: WEB, enableRotation: false, maxZoom: 21 }),
    });
    this.showAll();
  }

  // Beside the legend where there is room for both.
  showAll() {
    const left = this.map.getSize()[0] > 900 ? 224 : 24;
    this.map.getView().fit(this.box, { padding: [24, 24, 48, left] });
  }

  viewBox() {
    return ol.proj.transformExtent(this.map.getView().calculateExtent(this.map.getSize()), WEB, "EPSG:4326");
  }

  setCommunities(collection) {
    this.communities.addFeatures(read(collection));
  }

  setGrids(collection) {
    this.grids.clear(true);
    this.overview.setVisible(!collection);
    const grids = collection ? read(collection) : [];
    this.grids.addFeatures(grids);
    placeNames(this.communities.getFeatures(), grids);
    this.communities.changed();
  }

  inView() {
    return this.grids.getFeaturesInExtent(this.map.getView().calculateExtent(this.map.getSize()));
  }

  at(pixel) {
    const [x, y] = this.map.getCoordinateFromPixel(pixel);
    return this.grids.getFeaturesAtCoordinate([x, y])[0];
  }

  hover(feature) {
    this.hovered.clear(true);
    if (feature) this.hovered.addFeature(feature);
  }

  // Outline one grid (GeoJSON feature), mark the asked-for point, and bring both into view.
  select(feature, point, zoom) {
    this.marks.clear(true);
    const [shape] = feature ? read({ type: "FeatureCollection", features: [feature] }) : [];
    if (shape) this.marks.addFeature(shape);
    if (point) {
      const mark = new ol.Feature(new ol.geom.Point(ol.proj.fromLonLat(point)));
      mark.setStyle(style.pointStyle);
      this.marks.addFeature(mark);
    }
    if (zoom && this.marks.getFeatures().length) this.zoomTo(this.marks.getExtent());
  }

  // Mark the places that may be meant, and bring all of them into view; [] takes them away.
  offer(choices) {
    this.choices.clear(true);
    for (const { code, place } of choices) {
      const mark = new ol.Feature(new ol.geom.Point(ol.proj.fromLonLat([place.x, place.y])));
      mark.set("choice", { code, point: [place.x, place.y] });
      this.choices.addFeature(mark);
    }
    if (choices.length) this.zoomTo(this.choices.getExtent());
  }

  choiceAt(pixel) {
    const options = { hitTolerance: 6, layerFilter: (one) => one.getSource() === this.choices };
    return this.map.getFeaturesAtPixel(pixel, options)[0]?.get("choice");
  }

  zoomTo(extent) {
    const [width, height] = this.map.getSize();
    const pad = Math.round(Math.min(width, height) * 0.28);
    const duration = reduced ? 0 : 250;
    this.map.getView().fit(extent, { padding: [pad, pad, pad, pad], maxZoom: 17, duration });
  }
}
