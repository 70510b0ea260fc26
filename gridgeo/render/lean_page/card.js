// What is said of one grid: the card, the line beside the pointer, the sentence that is read aloud.

gg.sentence = function (model, grid) {
  const figures = model.columns.filter((column) => column.figure);
  const told = figures.map((column) => `${column.name} ${model.text(column, grid.index)}`);
  return [grid.name, gg.grouped(grid.code), ...told].join("，");
};

gg.showCard = function (model, grid) {
  const card = document.getElementById("card");
  card.hidden = !grid;
  if (!grid) return;
  card.dataset.code = grid.code;
  document.getElementById("card-name").textContent = grid.name;
  document.getElementById("card-code").textContent = gg.grouped(grid.code);
  document.getElementById("card-chain").textContent = grid.chain.join(" › ");
  const rows = model.columns.filter((column) => !column.from).map((column) => {
    const row = gg.node("tr");
    row.append(gg.node("th", column.name, { scope: "row" }), gg.node("td", model.text(column, grid.index)));
    return row;
  });
  document.getElementById("card-rows").replaceChildren(...rows);
};

gg.showHover = function (model, grid, pixel) {
  const hover = document.getElementById("hover");
  hover.hidden = !grid;
  if (!grid) return;
  hover.replaceChildren(gg.node("b", grid.name), gg.node("span", gg.grouped(grid.code)));
  const figure = model.columns.find((column) => column.figure && column.measure) ||
    model.columns.find((column) => column.figure);
  if (figure) hover.append(gg.node("span", `${figure.name} ${model.text(figure, grid.index)}`));
  const room = hover.parentElement.getBoundingClientRect(), own = hover.getBoundingClientRect();
  hover.style.left = `${Math.max(4, Math.min(pixel[0] + 14, room.width - own.width - 4))}px`;
  hover.style.top = `${pixel[1] + 18 + own.height > room.height ? pixel[1] - own.height - 8 : pixel[1] + 18}px`;
};
