// Labels: which text stands where at a zoom. Numbers stand inside their grids; names cover no number and keep to
// their unit; nothing covers anything. The whole city is placed at once, so nothing jumps while the map is dragged.

gg.Labels = class {
  constructor(model) {
    this.model = model;
    this.pen = document.createElement("canvas").getContext("2d");
    this.family = getComputedStyle(document.body).fontFamily;
    this.widths = new Map();
    this.placed = [];
    this.resolution = 0;
  }

  width(text, font) {
    const key = font + text;
    if (!this.widths.has(key)) {
      this.pen.font = font;
      this.widths.set(key, this.pen.measureText(text).width);
    }
    return this.widths.get(key);
  }

  // A label of one or two lines around a point; half sizes in px.
  label(lines, point, size, weight) {
    const font = `${weight} ${size}px ${this.family}`;
    const half = Math.max(...lines.map((text) => this.width(text, font))) / 2 + 2;
    return { lines, font, size, x: point[0], y: point[1], w: half, h: (lines.length * (size + 3)) / 2 };
  }

  // Whether a label lies in the ellipse around its point that is known to be inside.
  fits(label, room, aspect, resolution) {
    return Math.hypot(label.w / aspect, label.h) * resolution <= room;
  }

  place(resolution) {
    const taken = new gg.Taken(resolution), told = new Map();
    this.placed = [];
    this.resolution = resolution;
    if (!this.model.labels) return;
    const level = this.levelFor(resolution);
    // numbers begin anew in every community, so they say nothing where communities are not named
    this.placeNumbers(resolution, taken, told, !level || level.key === "community");
    if (level) this.placeNames(level, resolution, taken, (community) => told.get(community) >= 0);
  }

  // The finest level whose units are large and whose names mostly have room; else the coarsest.
  levelFor(resolution) {
    const LEAST_PX = 64, roomy = (level) => level.units.filter((unit) => this.nameAt(level, unit, 0, resolution)).length;
    const large = this.model.levels.filter((level) => level.side / resolution >= LEAST_PX);
    return large.find((level) => roomy(level) >= level.units.length / 3) || this.model.levels.slice(-1)[0];
  }

  // The name of a unit at one of its points, if it has room there. Its ends may touch the border of the unit.
  nameAt(level, unit, n, resolution) {
    const SLACK = 1.25, SMALL_PX = 12, [x, y, room] = unit.spots[n] || [];
    if (!unit.name || room === undefined) return null;
    const labels = [level.size, SMALL_PX].map((size) => this.label([unit.name], [x, y], size, 600));
    return labels.find((label) => this.fits(label, SLACK * room, 3, resolution)) || null;
  }

  // `told` counts for each community how many more numbers carry its name than do not.
  placeNumbers(resolution, taken, told, alone) {
    const tell = (community, more) => told.set(community, (told.get(community) || 0) + more);
    const SHORT_PX = 32, FULL_PX = 80;
    for (const grid of this.model.roomy) {
      const side = grid.side / resolution, home = grid.community;
      if (!grid.number || side < SHORT_PX) continue;
      const whole = this.label([home.short, grid.number], grid.spot, 12, 500);
      const full = side >= FULL_PX && home.short && this.fits(whole, grid.room, 2, resolution);
      if (!full && !alone) continue;
      const label = full ? whole : this.label([grid.number], grid.spot, 12, 500);
      if (!this.fits(label, grid.room, 2, resolution) || !taken.take(label)) continue;
      tell(home, full ? 1 : -1);
      this.placed.push(Object.assign(label, { kind: "number", of: grid.index }));
    }
  }

  placeNames(level, resolution, taken, skipped) {
    level.units.forEach((unit, n) => {
      if (unit.community && skipped(unit.community)) return;
      for (let spot = 0; spot < unit.spots.length; spot += 1) {
        const label = this.nameAt(level, unit, spot, resolution);
        if (!label || !taken.take(label)) continue;
        this.placed.push(Object.assign(label, { kind: level.key, of: n }));
        return;
      }
    });
  }

  // Draws onto a canvas over the map. While a zoom runs, the labels of the zoom before move along.
  draw(frame, canvas) {
    const { center, resolution } = frame.viewState, [width, height] = frame.size, ratio = frame.pixelRatio;
    if (!frame.viewHints[0] && !frame.viewHints[1] && resolution !== this.resolution) this.place(resolution);
    else if (!this.resolution) this.place(resolution);
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.cssText = `position:absolute;width:${width}px;height:${height}px`;
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    Object.assign(pen, { textAlign: "center", textBaseline: "middle", lineJoin: "round", lineWidth: 3 });
    pen.strokeStyle = "rgba(255,255,255,0.92)";
    pen.fillStyle = gg.styles.colour("ink");
    for (const label of this.placed) {
      const x = width / 2 + (label.x - center[0]) / resolution, y = height / 2 - (label.y - center[1]) / resolution;
      if (x < -label.w || y < -label.h || x > width + label.w || y > height + label.h) continue;
      pen.font = label.font;
      label.lines.forEach((text, n) => {
        const down = y + (n - (label.lines.length - 1) / 2) * (label.size + 3);
        pen.strokeText(text, x, down);
        pen.fillText(text, x, down);
      });
    }
    return canvas;
  }
};

// The boxes that labels take, found again by the squares of the screen that they lie in.
gg.Taken = class {
  constructor(resolution) {
    this.resolution = resolution;
    this.cells = new Map();
  }

  take(label) {
    const CELL_PX = 64, x = label.x / this.resolution, y = label.y / this.resolution;
    const box = [x - label.w, y - label.h, x + label.w, y + label.h], keys = [];
    for (let i = Math.floor(box[0] / CELL_PX); i * CELL_PX <= box[2]; i += 1) {
      for (let j = Math.floor(box[1] / CELL_PX); j * CELL_PX <= box[3]; j += 1) keys.push(`${i},${j}`);
    }
    const meets = (other) => other[0] < box[2] && box[0] < other[2] && other[1] < box[3] && box[1] < other[3];
    if (keys.some((key) => (this.cells.get(key) || []).some(meets))) return false;
    for (const key of keys) this.cells.set(key, [...(this.cells.get(key) || []), box]);
    return true;
  }
};
