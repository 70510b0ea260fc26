// The equal table: the same grids and figures as the map, in pages, sortable, with the keyboard; and the other lists that
// belong to the map. A sheet has columns, rows, and tells the value of a column in a row.

gg.gridSheet = (model) => ({
  title: "网格表", columns: model.columns, rows: model.grids, main: true,
  value: (column, grid) => model.value(column, grid.index), gridOf: (grid) => grid,
});

// A row that names a grid's code stands for this grid.
gg.listSheet = function (model, { title, columns }) {
  const grids = new Map(model.grids.map((grid) => [grid.code, grid]));
  return {
    title, columns, rows: columns.length ? columns[0].values.map((_, index) => ({ index })) : [], main: false,
    value: (column, row) => column.values[row.index],
    gridOf: (row) => columns.map((column) => grids.get(column.values[row.index])).find(Boolean) || null,
  };
};

gg.Table = class {
  // picked: called with a grid, and whether to go there
  constructor(model, picked) {
    Object.assign(this, { picked, page: 0, chosen: null });
    this.sheets = [gg.gridSheet(model), ...model.words.listings.map((list) => gg.listSheet(model, list))];
    this.body = document.getElementById("rows");
    this.body.addEventListener("click", (event) => this.pick(this.rowOf(event.target), false));
    this.body.addEventListener("keydown", (event) => this.key(event));
    document.getElementById("before").addEventListener("click", () => this.turn(this.page - 1));
    document.getElementById("after").addEventListener("click", () => this.turn(this.page + 1));
    document.getElementById("every").addEventListener("click", () => this.narrow(null));
    this.which = document.getElementById("which");
    this.which.replaceChildren(...this.sheets.map((sheet, n) => gg.node("option", sheet.title, { value: n })));
    this.which.hidden = this.sheets.length < 2;
    document.getElementById("table-name").hidden = !this.which.hidden;
    this.which.addEventListener("change", () => this.use(this.sheets[Number(this.which.value)]));
    this.use(this.sheets[0]);
  }

  use(sheet) {
    Object.assign(this, { sheet, sorted: null, down: false, chosen: null, order: sheet.rows, shown: sheet.rows, page: 0 });
    this.which.value = String(this.sheets.indexOf(sheet));
    document.getElementById("every").hidden = true;
    document.getElementById("heads").replaceChildren(...sheet.columns.map((column) => this.head(column)));
    this.draw();
  }

  head(column) {
    const head = gg.node("th", null, { scope: "col", "aria-sort": "none" });
    const button = gg.node("button", column.name, { type: "button" });
    button.addEventListener("click", () => this.sort(column));
    if (column.figure) head.className = "figure";
    head.append(button);
    return head;
  }

  rowOf(element) {
    const row = element.closest("tr");
    return row ? this.sheet.rows[Number(row.dataset.index)] : null;
  }

  // Only some grids: those that a search found; null: all.
  narrow(grids) {
    if (!this.sheet.main) this.use(this.sheets[0]);
    this.order = grids || this.sheet.rows;
    this.page = 0;
    document.getElementById("every").hidden = !grids;
    this.arrange();
  }

  sort(column) {
    this.down = this.sorted === column && !this.down;
    this.sorted = column;
    document.querySelectorAll("#heads th").forEach((head, n) => {
      const own = this.sheet.columns[n] === column;
      head.setAttribute("aria-sort", own ? (this.down ? "descending" : "ascending") : "none");
    });
    this.page = 0;
    this.arrange();
  }

  arrange() {
    this.shown = [...this.order];
    if (this.sorted) {
      const values = new Map(this.shown.map((row) => [row, this.sheet.value(this.sorted, row)]));
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
    document.getElementById("roll").scrollTop = 0;
  }

  draw() {
    if (document.getElementById("table").hidden) return;
    const first = this.page * gg.Table.ROWS, rows = this.shown.slice(first, first + gg.Table.ROWS);
    this.body.replaceChildren(...rows.map((row) => this.line(row)));
    const range = rows.length ? `第 ${first + 1}–${first + rows.length} 行，共 ${this.shown.length} 行` : "此表没有内容";
    document.getElementById("range").textContent = range;
    document.getElementById("before").disabled = this.page === 0;
    document.getElementById("after").disabled = this.page >= this.pages - 1;
    this.mark();
  }

  line(row) {
    const line = gg.node("tr", null, { "data-index": row.index, tabindex: "-1" });
    this.sheet.columns.forEach((column, n) => {
      const cell = gg.node(n ? "td" : "th", gg.shown(this.sheet.value(column, row)));
      if (!n) cell.scope = "row";
      if (column.figure) cell.className = "figure";
      line.append(cell);
    });
    return line;
  }

  // One row is in the tab order; arrows move on from it.
  mark() {
    const lines = [...this.body.children];
    for (const line of lines) {
      if (this.chosen && this.rowOf(line) === this.chosen) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
      line.tabIndex = -1;
    }
    const current = lines.find((line) => line.hasAttribute("aria-current")) || lines[0];
    if (current) current.tabIndex = 0;
    return current;
  }

  // Follow the grid that was chosen elsewhere: turn to its page.
  follow(grid) {
    if (!this.sheet.main) return;
    this.chosen = grid;
    if (grid && !this.shown.includes(grid)) this.narrow(null);
    this.reveal();
  }

  // Turn to the page of the chosen row and show it.
  reveal() {
    if (document.getElementById("table").hidden) return;
    const at = this.chosen ? this.shown.indexOf(this.chosen) : -1, page = Math.floor(at / gg.Table.ROWS);
    if (at >= 0 && page !== this.page) this.turn(page);
    const line = this.mark();
    if (at >= 0) line.scrollIntoView({ block: "nearest" });
  }

  pick(row, go) {
    if (!row) return;
    this.chosen = row;
    this.reveal();
    const grid = this.sheet.gridOf(row);
    if (grid) this.picked(grid, go);
  }

  key(event) {
    const at = this.shown.indexOf(this.rowOf(event.target)), ROWS = gg.Table.ROWS;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: this.shown.length - 1, PageDown: at + ROWS, PageUp: at - ROWS };
    if (event.key !== "Enter" && !(event.key in to)) return;
    event.preventDefault();
    if (event.key === "Enter") this.pick(this.shown[at], true);
    else {
      this.pick(this.shown[Math.max(0, Math.min(this.shown.length - 1, to[event.key]))], false);
      this.mark().focus();
    }
  }
};
gg.Table.ROWS = 100;
