// A scale bar of four segments in steps of 1, 2, 5. The map lies in metres, so it holds everywhere on it.

gg.drawScale = function (holder, resolution, longest) {
  const most = (longest * resolution) / 4, power = 10 ** Math.floor(Math.log10(most));
  const step = [5, 2, 1].map((n) => n * power).find((n) => n <= most * (1 + 1e-9)), wide = step / resolution;
  const [unit, name] = 4 * step >= 4000 ? [1000, "千米"] : [1, "米"];
  const svg = (tag, attributes, text) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text) element.textContent = text;
    return element;
  };
  const bar = svg("svg", { width: 4 * wide + 44, height: 30, "aria-hidden": "true" });
  for (let n = 0; n < 4; n += 1) {
    bar.append(svg("rect", { x: 12 + n * wide, y: 20, width: wide, height: 6, class: n % 2 ? "light" : "dark" }));
  }
  for (const n of [0, 2, 4]) {
    const text = String(Number(((n * step) / unit).toPrecision(6))) + (n === 4 ? name : "");
    bar.append(svg("text", { x: 12 + n * wide, y: 14, "text-anchor": "middle" }, text));
  }
  holder.setAttribute("aria-label", `比例尺：图上一整条是 ${(4 * step) / unit} ${name}`);
  holder.replaceChildren(bar);
};
