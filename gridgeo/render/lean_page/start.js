// Ties map, card, search and table together: one grid is chosen, and all of them show it.

gg.start = function () {
  const $ = (id) => document.getElementById(id), model = new gg.Model(gg.wordsOf("words"));
  const screen = new gg.Map(model, "map"), { map, view } = screen;

  function choose(grid, go) {
    screen.show("chosen", grid ? [grid] : []);
    if (grid && go) screen.bringIntoView([grid]);
    else if (grid) screen.reveal(grid);
    gg.showCard(model, grid);
    table.follow(grid);
    $("live").textContent = grid ? gg.sentence(model, grid) : "";
  }

  function say(text) {
    $("message").textContent = text;
  }

  function unknown(text) {
    if (/^[0-9A-Za-z_-]{6,}$/.test(gg.bare(text))) {
      return `本图没有编码 ${gg.grouped(gg.bare(text))}：它可能已停用，或属于别的版本、别的范围。本图的版本是 ${model.place}。`;
    }
    return `本图没有名称或编码含“${text}”的网格，请换一个说法或少输几个字。`;
  }

  function found(text, grids) {
    screen.show("found", grids.length > 1 ? grids : []);
    table.narrow(grids.length > 1 ? grids : null);
    if (grids.length > 1) screen.bringIntoView(grids);
    choose(grids.length === 1 ? grids[0] : null, true);
    if (!text) say("");
    else if (!grids.length) say(unknown(text));
    else say(grids.length === 1 ? "找到 1 个网格" : `找到 ${grids.length} 个网格，已在图上圈出，表格只列它们`);
  }

  const table = new gg.Table(model, choose);
  new gg.Search(model, found);

  map.on("click", (event) => {
    gg.showHover(model, null);
    choose(screen.at(event.pixel), false);
  });
  map.on("pointermove", (event) => {
    const touch = event.originalEvent.pointerType === "touch";
    const grid = event.dragging || touch ? null : screen.at(event.pixel);
    screen.show("hovered", grid ? [grid] : []);
    gg.showHover(model, grid, event.pixel);
  });
  map.getViewport().addEventListener("pointerleave", () => {
    screen.show("hovered", []);
    gg.showHover(model, null);
  });
  view.on("change:resolution", () => gg.drawScale($("scale"), view.getResolution(), 160));
  $("closer").addEventListener("click", () => screen.zoom(1));
  $("farther").addEventListener("click", () => screen.zoom(-1));
  $("whole").addEventListener("click", () => screen.showAll());
  $("card-close").addEventListener("click", () => {
    choose(null);
    $("map").focus();
  });
  $("card-go").addEventListener("click", () => {
    const grid = model.grids.find((one) => one.code === $("card").dataset.code);
    screen.bringIntoView([grid]);
  });

  function showTable(yes) {
    $("table").hidden = !yes;
    document.body.classList.toggle("listing", yes);
    $("table-open").setAttribute("aria-expanded", String(yes));
    screen.resize();
    if (!yes) return;
    table.arrange();
    table.follow(table.chosen);
  }
  $("table-open").addEventListener("click", () => showTable($("table").hidden));
  $("table-close").addEventListener("click", () => {
    showTable(false);
    $("table-open").focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (!$("card").hidden) choose(null);
    else if (!$("table").hidden) $("table-close").click();
  });

  if (matchMedia("(max-width: 900px)").matches) $("legend").open = false;
  window.addEventListener("resize", () => screen.resize());
  gg.drawScale($("scale"), view.getResolution(), 160);
  gg.preparePrint(screen);
  Object.assign(gg, { model, screen, choose });
  $("wait").remove();
  map.once("rendercomplete", () => {
    document.body.dataset.labels = String(screen.labels.placed.length);
    document.body.dataset.ready = String(model.grids.length);
  });
};
gg.start();
