// The equal table: the same grids and figures as the map, in pages, sortable, with the keyboard.

gg.Table = class {
  // picked: called with a grid, and whether to go there
  constructor(model, picked) {
    Object.assign(this, { model, picked, page: 0, sorted: null, down: false, chosen: null });
    this.order = this.shown = model.grids;
    this.body = document.getElementById("rows");
    document.getElementById("heads").replaceChildren(...model.columns.map((column) => this.head(column)));
    this.body.addEventListener("click", (event) => this.pick(this.gridOf(event.target), false));
    this.body.addEventListener("keydown", (event) => this.key(event));
    document.getElementById("before").addEventListener("click", () => this.turn(this.page - 1));
    document.getElementById("after").addEventListener("click", () => this.turn(this.page + 1));
    document.getElementById("every").addEventListener("click", () => this.narrow(null));
  }

  head(column) {
    const head = gg.node("th", null, { scope: "col", "aria-sort": "none" });
    const button = gg.node("button", column.name, { type: "button" });
    button.addEventListener("click", () => this.sort(column));
    if (column.figure) head.className = "figure";
    head.append(button);
    return head;
  }

  gridOf(element) {
    const row = element.closest("tr");
    return row ? this.model.grids[Number(row.dataset.index)] : null;
  }

  // Only some grids: those that a search found; null: all.
  narrow(grids) {
    this.order = grids || this.model.grids;
    this.page = 0;
    document.getElementById("every").hidden = !grids;
    this.arrange();
  }

  sort(column) {
    this.down = this.sorted === column && !this.down;
    this.sorted = column;
    document.querySelectorAll("#heads th").forEach((head, n) => {
      const own = this.model.columns[n] === column;
      head.setAttribute("aria-sort", own ? (this.down ? "descending" : "ascending") : "none");
    });
    this.page = 0;
    this.arrange();
  }

  arrange() {
    this.shown = [...this.order];
    if (this.sorted) {
      const values = new Map(this.shown.map((grid) => [grid, this.model.value(this.sorted, grid.index)]));
      const words = new Intl.Collator("zh-CN", { numeric: true }), none = (value) => value === null || value === undefined;
      this.shown.sort((a, b) => {
        const [one, two] = [values.get(a), values.get(b)];
        if (none(one) || none(two)) return none(one) - none(two) || a.index - b.index; // nothing stands last
        const way = typeof one === "number" && typeof two === "number" ? one - two : words.compare(one, two);
        return (this.down ? -way : way) || a.index - b.index;
      });
    }
    this.draw();
  }

  get pages() {
    return Math.max(1, Math.ceil(this.shown.length / gg.Table.ROWS));
  }

  turn(page) {
    this.page = Math.max(0, Math.min(this.pages - 1, page));
    this.draw();
    this.body.parentElement.parentElement.scrollTop = 0;
  }

  draw() {
    if (document.getElementById("table").hidden) return;
    const first = this.page * gg.Table.ROWS, rows = this.shown.slice(first, first + gg.Table.ROWS);
    this.body.replaceChildren(...rows.map((grid) => this.row(grid)));
    const range = rows.length ? `第 ${first + 1}–${first + rows.length} 行，共 ${this.shown.length} 行` : "没有网格";
    document.getElementById("range").textContent = range;
    document.getElementById("before").disabled = this.page === 0;
    document.getElementById("after").disabled = this.page >= this.pages - 1;
    this.mark();
  }

  row(grid) {
    const row = gg.node("tr", null, { "data-index": grid.index, tabindex: "-1" });
    for (const column of this.model.columns) {
      const head = column.from === "code", cell = gg.node(head ? "th" : "td", this.model.text(column, grid.index));
      if (head) cell.scope = "row";
      if (column.figure) cell.className = "figure";
      row.append(cell);
    }
    return row;
  }

  // One row is in the tab order; arrows move on from it.
  mark() {
    const rows = [...this.body.children];
    for (const row of rows) {
      const own = this.chosen && Number(row.dataset.index) === this.chosen.index;
      if (own) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
      row.tabIndex = -1;
    }
    const current = rows.find((row) => row.hasAttribute("aria-current")) || rows[0];
    if (current) current.tabIndex = 0;
    return current;
  }

  // Follow what was chosen elsewhere: turn to its page.
  follow(grid) {
    this.chosen = grid;
    if (document.getElementById("table").hidden) return;
    let at = grid ? this.shown.indexOf(grid) : -1;
    if (grid && at < 0) {
      this.narrow(null);
      at = this.shown.indexOf(grid);
    }
    if (at >= 0 && Math.floor(at / gg.Table.ROWS) !== this.page) {
      this.page = Math.floor(at / gg.Table.ROWS);
      this.draw();
    }
    const row = this.mark();
    if (grid && row) row.scrollIntoView({ block: "nearest" });
  }

  pick(grid, go) {
    if (grid) this.picked(grid, go);
  }

  key(event) {
    const grid = this.gridOf(event.target), at = this.shown.indexOf(grid), ROWS = gg.Table.ROWS;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.shown.length - 1, PageDown: at + ROWS, PageUp: at - ROWS };
    if (event.key !== "Enter" && !(event.key in to)) return;
    event.preventDefault();
    if (event.key === "Enter") this.pick(grid, true);
    else {
      this.pick(this.shown[Math.max(0, Math.min(this.shown.length - 1, to[event.key]))], false);
      this.mark().focus();
    }
  }
};
gg.Table.ROWS = 100;
