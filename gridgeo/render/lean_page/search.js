// The search: codes with or without spaces, any part of a grid's, community's or street's name. An ARIA combobox.

gg.bare = (text) => text.replace(/\s/g, "").toUpperCase();

gg.Search = class {
  // done: called with the text, the grids found, and whether a code was asked for
  constructor(model, done) {
    Object.assign(this, { model, done, at: -1, options: [] });
    this.box = document.getElementById("query");
    this.list = document.getElementById("choices");
    this.codes = model.grids.map((grid) => gg.bare(grid.code));
    this.words = model.grids.map((grid) => gg.bare([grid.name, ...grid.chain].join("\n")));
    this.areas = this.allAreas();
    this.box.addEventListener("input", (event) => event.isComposing || this.offer());
    this.box.addEventListener("compositionend", () => this.offer());
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.take([...this.list.children].indexOf(event.target.closest("li"))));
    document.getElementById("find").addEventListener("submit", (event) => {
      event.preventDefault();
      this.run();
    });
  }

  // Communities and the units above them, each with its grids.
  allAreas() {
    const areas = new Map();
    for (const grid of this.model.grids) {
      grid.chain.forEach((name, n) => {
        const key = grid.chain.slice(0, n + 1).join(" › ");
        if (!areas.has(key)) areas.set(key, { name, key, grids: [] });
        areas.get(key).grids.push(grid);
      });
    }
    return [...areas.values()];
  }

  matches(text) {
    const bare = gg.bare(text);
    if (!bare) return [];
    const exact = this.model.grids.filter((grid) => this.codes[grid.index] === bare);
    if (exact.length) return exact;
    return this.model.grids.filter(({ index }) => this.codes[index].includes(bare) || this.words[index].includes(bare));
  }

  offer() {
    const MOST = 8, bare = gg.bare(this.box.value);
    if (!bare) {
      this.close();
      return;
    }
    const areas = this.areas.filter((area) => gg.bare(area.name).includes(bare)).slice(0, 4);
    const grids = this.matches(bare).filter(({ index, name }) => this.codes[index].includes(bare) || gg.bare(name).includes(bare));
    this.options = [
      ...areas.map((area) => ({ text: area.name, about: `${area.grids.length} 个网格`, more: area.key, grids: area.grids })),
      ...grids.slice(0, MOST - areas.length).map((grid) => ({
        text: grid.name, about: gg.grouped(grid.code), more: "", grids: [grid],
      })),
    ];
    this.at = -1;
    this.list.replaceChildren(...this.options.map((option, n) => {
      const row = gg.node("li", null, { id: `choice-${n}`, role: "option", "aria-selected": "false" });
      row.append(gg.node("b", option.text), gg.node("span", option.about));
      if (option.more && option.more !== option.text) row.append(gg.node("small", option.more));
      return row;
    }));
    this.open(this.options.length > 0);
  }

  open(yes) {
    this.list.hidden = !yes;
    this.box.setAttribute("aria-expanded", String(yes));
    if (!yes || this.at < 0) this.box.removeAttribute("aria-activedescendant");
  }

  close() {
    this.at = -1;
    this.open(false);
  }

  mark(step) {
    const rows = [...this.list.children], count = rows.length + 1; // one place is the box itself
    this.at = ((this.at + 1 + step + count) % count) - 1;
    rows.forEach((row, n) => row.setAttribute("aria-selected", String(n === this.at)));
    if (this.at < 0) this.box.removeAttribute("aria-activedescendant");
    else {
      this.box.setAttribute("aria-activedescendant", rows[this.at].id);
      rows[this.at].scrollIntoView({ block: "nearest" });
    }
  }

  key(event) {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" && this.list.hidden) this.offer();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") this.mark(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" && this.at >= 0) this.take(this.at);
    else if (event.key === "Escape" && !this.list.hidden) this.close();
    else return;
    event.preventDefault();
  }

  take(at) {
    const option = this.options[at];
    if (!option) return;
    this.box.value = option.grids.length === 1 && !option.more ? gg.grouped(option.grids[0].code) : option.text;
    this.close();
    this.done(option.text, option.grids);
  }

  run() {
    this.close();
    this.done(this.box.value.trim(), this.matches(this.box.value));
  }
};
