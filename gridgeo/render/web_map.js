// Drawing and search of the one-file map. Coordinates come as whole steps of 1e-6 degree from the vertex before.
var gg = (function () {
  "use strict";
  var ROWS = [["编码", "codes"], ["网格", "names"], ["户数", "households"], ["企业", "enterprises"]];
  var drawn = [];

  function line(steps) {
    var x = 0, y = 0, places = [];
    for (var i = 0; i < steps.length; i += 2) {
      x += steps[i];
      y += steps[i + 1];
      places.push([y / 1e6, x / 1e6]);
    }
    return places;
  }

  function grouped(code) {
    if (!/^\d{9}(\d{3}){0,2}$/.test(code)) return code;
    return code.slice(0, 6) + code.slice(6).replace(/\d{3}/g, " $&");
  }

  function card(grid) {
    var table = document.createElement("table");
    ROWS.forEach(function (row) {
      var value = grid[row[1]], line = table.insertRow(), head = document.createElement("th");
      if (value === null || value === undefined) return table.deleteRow(-1);
      head.textContent = row[0];
      line.appendChild(head);
      line.insertCell().textContent = row[1] === "codes" ? grouped(value) : value;
    });
    return table;
  }

  function drawGrids(map, data, look) {
    data.shapes.forEach(function (shape, i) {
      var grid = {};
      ROWS.forEach(function (row) { grid[row[1]] = data[row[1]] ? data[row[1]][i] : null; });
      var polygon = L.polygon(shape.map(function (part) { return part.map(line); }), look).addTo(map);
      polygon.bindTooltip(function () { return card(grid); }, {sticky: true, className: "card"});
      polygon.on("mouseover", function () { polygon.setStyle({color: "#d95f02", weight: 2.5}).bringToFront(); });
      polygon.on("mouseout", function () { polygon.setStyle(look); });
      drawn.push({grid: grid, polygon: polygon});
    });
  }

  // Lines and marks lie above all grids, in panes that let the mouse through.
  var canvases = {};
  function above(map, name, height) {
    if (!canvases[name]) {
      var pane = map.createPane(name);
      pane.style.zIndex = height;
      pane.style.pointerEvents = "none";
      canvases[name] = L.canvas({pane: name});
    }
    return {pane: name, renderer: canvases[name], interactive: false, fill: false, smoothFactor: 0};
  }

  function drawLines(map, lines, look) {
    if (lines.length) L.polyline(lines.map(line), Object.assign(above(map, "lines", 450), look)).addTo(map);
  }

  // Labels stand inside the largest circle of what they name and cover no other; names come before numbers.
  function drawLabels(map, levels) {
    var pane = map.createPane("labels"), pen = document.createElement("canvas").getContext("2d");
    var shown = L.layerGroup().addTo(map), HALF_PX = 8;
    pane.style.zIndex = 455;
    pane.style.pointerEvents = "none";
    levels.forEach(function (level) {
      pen.font = (level.kind === "name" ? "600 13px " : "12px ") + getComputedStyle(document.body).fontFamily;
      level.widths = level.texts.map(function (text) { return pen.measureText(text).width; });
    });

    function add(level, i, at) {
      var text = document.createElement("span");
      text.className = level.kind;
      text.textContent = level.texts[i];
      var icon = L.divIcon({className: "label", html: text, iconSize: [0, 0]});
      L.marker(at, {pane: "labels", icon: icon, interactive: false, keyboard: false}).addTo(shown);
    }

    function place() {
      var view = map.getBounds(), taken = [];
      shown.clearLayers();
      levels.forEach(function (level) {
        level.texts.forEach(function (text, i) {
          var at = L.latLng(level.spots[2 * i + 1] / 1e6, level.spots[2 * i] / 1e6), half = level.widths[i] / 2 + 2;
          var metres = 40075016.686 * Math.cos(at.lat * Math.PI / 180) / Math.pow(2, map.getZoom() + 8);
          if (!text || Math.hypot(half, HALF_PX) > level.radii[i] / metres || !view.contains(at)) return;
          var middle = map.latLngToContainerPoint(at);
          var covers = taken.some(function (box) {
            return Math.abs(box.x - middle.x) < box.half + half && Math.abs(box.y - middle.y) < 2 * HALF_PX;
          });
          if (covers) return;
          taken.push({x: middle.x, y: middle.y, half: half});
          add(level, i, at);
        });
      });
      document.body.dataset.labels = String(taken.length);
    }
    map.on("moveend", place);
  }

  // The legend at the left covers a part of a wide window.
  function fit(map, bounds) {
    var wide = map.getSize().x > 900;
    map.fitBounds(bounds, {
      maxZoom: 17, animate: false, paddingTopLeft: wide ? [340, 20] : [10, 60], paddingBottomRight: [10, 20]
    });
  }

  function matches(text) {
    var bare = text.replace(/\s/g, "");
    var exact = drawn.filter(function (one) { return one.grid.codes === bare; });
    return exact.length ? exact : drawn.filter(function (one) {
      return one.grid.codes.indexOf(bare) >= 0 || one.grid.names.indexOf(text) >= 0;
    });
  }

  function start(map, bounds) {
    var form = document.getElementById("find"), query = document.getElementById("query");
    var found = document.getElementById("found"), marked = null;
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      var text = query.value.trim(), hits = text ? matches(text) : [];
      if (marked) map.removeLayer(marked);
      marked = hits.length ? L.featureGroup(hits.slice(0, 200).map(function (one) {
        var look = Object.assign(above(map, "marks", 460), {color: "#d95f02", weight: 3});
        return L.polygon(one.polygon.getLatLngs(), look);
      })).addTo(map) : null;
      if (marked) fit(map, marked.getBounds());
      if (hits.length === 1) hits[0].polygon.openTooltip(hits[0].polygon.getBounds().getCenter());
      found.textContent = !text ? "" : hits.length ? "找到 " + hits.length + " 个网格" : "没有这个网格";
    });
    L.control.zoom({position: "bottomright", zoomInTitle: "放大", zoomOutTitle: "缩小"}).addTo(map);
    L.control.scale({position: "bottomright", imperial: false, maxWidth: 160}).addTo(map);
    var north = L.control({position: "bottomright"});
    north.onAdd = function () { return document.getElementById("north"); };
    north.addTo(map);
    fit(map, bounds);
    document.body.dataset.ready = String(drawn.length);
  }

  return {grids: drawGrids, lines: drawLines, labels: drawLabels, start: start};
})();
