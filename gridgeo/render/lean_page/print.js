// On paper: a map of its own, as sharp as paper wants it and as large as the sheet, of what the screen shows.

gg.preparePrint = function (screen) {
  const DOTS = 3; // per CSS px: 288 dpi
  const holder = document.getElementById("paper"), scale = document.getElementById("scale");
  let sheet = null;

  window.addEventListener("beforeprint", () => {
    if (sheet) return;
    holder.hidden = false;
    const labels = new gg.Labels(screen.model);
    sheet = new ol.Map({
      target: holder, controls: [], interactions: [], pixelRatio: DOTS,
      layers: gg.layersOf(screen.model, screen.sources, labels, DOTS, false),
      view: new ol.View({ projection: gg.plane, enableRotation: false, center: [0, 0], resolution: 1 }),
    });
    const size = [holder.clientWidth, holder.clientHeight];
    sheet.setSize(size);
    sheet.getView().fit(screen.view.calculateExtent(screen.map.getSize()), { size });
    sheet.renderSync();
    gg.drawScale(scale, sheet.getView().getResolution(), 200);
  });
  window.addEventListener("afterprint", () => {
    if (sheet) sheet.setTarget(null);
    sheet = null;
    holder.replaceChildren();
    holder.hidden = true;
    gg.drawScale(scale, screen.view.getResolution(), 160);
  });
};
