// Suggestions while somebody types: an ARIA combobox (arrows, Enter, Escape), built from DOM nodes only.

import { ask } from "./api.js";
import { node } from "./card.js";

const WAIT_MS = 80; // between two keys of a quick typist
const KINDS = {
  code: "网格编码", grid: "网格", community: "社区", district: "区县", street: "街道", village: "自然村", road: "道路",
  estate: "小区、院落", place: "单位、地名", number: "门牌", group: "组", house: "门牌", building: "楼栋", unit: "单元", room: "房间",
};

export class Suggestions {
  // box: the text field; list: an empty ul; chosen: called with the text that was taken.
  constructor(box, list, chosen) {
    Object.assign(this, { box, list, chosen, at: -1, running: null, timer: 0, composing: false });
    box.addEventListener("input", () => this.later());
    box.addEventListener("compositionstart", () => { this.composing = true; });
    box.addEventListener("compositionend", () => { this.composing = false; this.later(); });
    box.addEventListener("keydown", (event) => this.key(event));
    box.addEventListener("blur", () => this.close());
    // pressing a mouse button must not take the focus from the box
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => this.take([...list.children].indexOf(event.target.closest("li"))));
  }

  get open() {
    return !this.list.hidden;
  }

  later() {
    clearTimeout(this.timer);
    this.running?.abort();
    if (this.composing) return;
    this.timer = setTimeout(() => this.load(), WAIT_MS);
  }

  async load() {
    const text = this.box.value.trim();
    if (text.length < 2) {
      this.close();
      return;
    }
    this.running = new AbortController();
    try {
      const { suggestions } = await ask("suggest", { q: text, limit: 8 }, this.running.signal);
      if (this.box.value.trim() === text && document.activeElement === this.box) this.show(suggestions);
    } catch {
      this.close(); // typing goes on without suggestions; the search itself says what is wrong
    }
  }

  show(suggestions) {
    this.at = -1;
    this.box.removeAttribute("aria-activedescendant");
    this.list.replaceChildren(...suggestions.map((one, i) => {
      const row = node("li", undefined, { id: `suggestion-${i}`, role: "option", "aria-selected": "false" });
      const where = one.code ? (one.full_name || one.code) : `${one.grids} 个网格`;
      row.append(node("b", one.text), node("span", KINDS[one.kind] ?? ""), node("span", where));
      row.dataset.text = one.text;
      return row;
    }));
    this.list.hidden = !suggestions.length;
    this.box.setAttribute("aria-expanded", String(this.open));
  }

  close() {
    clearTimeout(this.timer);
    this.running?.abort();
    this.show([]);
  }

  mark(at) {
    const rows = [...this.list.children];
    this.at = (at + rows.length + 1) % (rows.length + 1); // one place is the box itself
    rows.forEach((row, i) => row.setAttribute("aria-selected", String(i === this.at)));
    const row = rows[this.at];
    if (!row) this.at = -1;
    if (row) this.box.setAttribute("aria-activedescendant", row.id);
    else this.box.removeAttribute("aria-activedescendant");
    row?.scrollIntoView({ block: "nearest" });
  }

  key(event) {
    if (event.isComposing || !this.open) return;
    const rows = this.list.children.length;
    if (event.key === "ArrowDown") this.mark(this.at < 0 ? 0 : this.at + 1);
    else if (event.key === "ArrowUp") this.mark(this.at < 0 ? rows - 1 : this.at === 0 ? rows : this.at - 1);
    else if (event.key === "Enter" && this.at >= 0) this.take(this.at);
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  take(at) {
    const row = this.list.children[at];
    if (!row) return;
    this.box.value = row.dataset.text;
    this.close();
    this.chosen();
  }
}
