// 查网格: one box for an address, a name, a code or a coordinate, the map, the card. Wires the other modules together.

import { ask, gridsIn, Failure } from "./api.js";
import { copyText, hideCard, listKeys, markRow, nameOf, node, number,
  say, showCard, showList, tellPeople } from "./card.js";
import { showLegend } from "./legend.js";
import { GridMap } from "./map.js";
import { Suggestions } from "./suggest.js";

const $ = (id) => document.getElementById(id);
const state = { chosen: null, whole: false, running: null, view: null, suggestions: null };

function fail(error) {
  if (error.name === "AbortError") return;
  if (!(error instanceof Failure)) console.error(error);
  say("error", [error instanceof Failure ? error.message : "页面出错，请刷新", error.detail]);
}

const guarded = (work) => async (...args) => {
  try {
    return await work(...args);
  } catch (error) {
    return fail(error);
  }
};

// --- layer -----------------------------------------------------------------------------------------------------

async function start() {
  const { layers } = await ask("layers");
  const [layer] = layers;
  describe(layer);
  state.view = new GridMap($("map"), layer.legend.classes, layer.bbox);
  globalThis.gridgeo = state.view; // for the console and the tests
  state.view.setCommunities(await ask("communities"));
  showLegend($("legend"), layer);
  wireMap(); // the map's first moveend loads the grids
  const asked = decodeURIComponent(location.hash.slice(1));
  if (asked) await pick(asked, true);
}

function describe(layer) {
  tellPeople(layer.population);
  $("layer-title").textContent = layer.title;
  document.title = `查网格 · ${layer.title}`;
  const version = layer.versions.find((one) => one.seq === layer.seq);
  const day = version?.published ? `（${version.published.slice(0, 10)} 发布）` : "";
  $("version").textContent = `版本 V${layer.seq}${day}`;
  $("datum-line").textContent = `图层坐标系：${layer.crs_text}`;
  $("approval").textContent = layer.review_number ? `审图号：${layer.review_number}` : "内部资料，注意保管";
}

const loadGrids = guarded(async () => {
  if (state.whole) {
    refreshList();
    return;
  }
  state.running?.abort();
  state.running = new AbortController();
  const everything = await gridsIn(null, state.running.signal);
  state.whole = everything.features !== null;
  const answer = state.whole ? everything : await gridsIn(state.view.viewBox(), state.running.signal);
  state.view.setGrids(answer.features && answer);
  const many = number.format(answer.numberMatched);
  notice(answer.features ? "" : `视野内有 ${many} 个网格，先按社区平均值着色；放大后逐格显示`);
  refreshList(answer.features ? "" : "放大后列出");
  state.view.map.once("rendercomplete", () => { document.body.dataset.ready = ""; });
  state.view.map.render();
});

function notice(text) {
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

function refreshList(hint = "") {
  showList(state.view.inView(), state.chosen, (code) => pick(code, true));
  if (hint) $("list-count").textContent = hint;
}

// --- map -------------------------------------------------------------------------------------------------------

function wireMap() {
  const { map } = state.view;
  map.on("moveend", loadGrids);
  map.on("pointermove", (event) => {
    if (event.dragging) return showTip(null);
    const [lon, lat] = ol.proj.toLonLat(event.coordinate);
    $("pointer").textContent = `${lon.toFixed(6)}, ${lat.toFixed(6)}`;
    return showTip(state.view.at(event.pixel), event.pixel);
  });
  map.getViewport().addEventListener("pointerleave", () => showTip(null));
  map.on("singleclick", (event) => {
    const choice = state.view.choiceAt(event.pixel);
    const feature = state.view.at(event.pixel);
    if (choice) pick(choice.code, false, choice.point);
    else if (feature) pick(feature.get("code"), false);
    else clear();
  });
}

function showTip(feature, pixel) {
  const tip = $("tip");
  state.view.hover(feature);
  tip.hidden = !feature;
  if (!feature) return;
  tip.replaceChildren(node("b", nameOf(feature.getProperties())), node("span", feature.get("code_grouped")),
    node("span", `${feature.get("households")} 户　${feature.get("enterprises")} 家企业`));
  const room = $("map").clientWidth - tip.offsetWidth - 8;
  tip.style.left = `${Math.min(pixel[0] + 14, room)}px`;
  tip.style.top = `${Math.max(4, pixel[1] - tip.offsetHeight - 10)}px`;
}

// --- look-up ---------------------------------------------------------------------------------------------------

const pick = guarded(async (code, zoom, point = null) => {
  const feature = await ask(`grids/${encodeURIComponent(code)}`);
  state.chosen = feature.properties.code;
  state.view.select(feature, point, zoom);
  if (!point) say("note", []);
  showCard(feature.properties);
  markRow(state.chosen);
  history.replaceState(null, "", `#${state.chosen}`);
});

function clear() {
  state.chosen = null;
  state.view.select(null, null, false);
  state.view.offer([]);
  hideCard();
  say("note", []);
  markRow(null);
  history.replaceState(null, "", location.pathname);
}

const VERDICTS = {
  sure: ["note", "已找到"],
  ambiguous: ["warning", "有几种可能，请选择"],
  interpolated: ["warning", "按相邻门牌推算"],
  parent: ["warning", "只能确定到上一级"],
  outside: ["error", "不在本市，或不在任何网格内"],
  unknown: ["error", "没有找到，请核对写法"],
};
const DATUM_SAID = /高德|腾讯|百度|火星|天地图|北斗|gcj|bd-?09|wgs|cgcs|gps|epsg/i;

const search = guarded(async (event) => {
  event?.preventDefault();
  state.suggestions?.close();
  const text = $("query").value.trim();
  if (!text) return clear();
  const datum = DATUM_SAID.test(text) ? "" : $("datum").value;
  const answer = await ask("locate", datum ? { q: text, datum } : { q: text });
  const point = answer.place ? [answer.place.x, answer.place.y] : null;
  const open = answer.status === "ambiguous" && choicesOf(answer).length > 0;
  clear();
  if (answer.code && !open) await pick(answer.code, true, point);
  else if (point && !open) state.view.select(null, point, true);
  return report(answer, point);
});

// What somebody may choose: of several addresses their own grids, else the answers compared.
function choicesOf(answer) {
  const own = answer.answers?.filter((one) => one.code).map((one) => ({ ...one, full_name: one.grid.full_name }));
  const all = own?.length ? own : answer.candidates.filter((one) => one.code);
  return answer.status === "ambiguous" ? all : all.filter((one) => one.code !== answer.code);
}

function report(answer, point) {
  const [kind, verdict] = VERDICTS[answer.status] ?? VERDICTS.unknown;
  const choices = choicesOf(answer);
  const sure = answer.status === "sure" || !answer.confidence ? "" : `（把握 ${Math.round(answer.confidence * 100)}%）`;
  const found = answer.place?.id ? `地点：${[answer.place.name, answer.place.text].filter(Boolean).join("　")}` : "";
  const place = (one) => (one.place ? [one.place.x, one.place.y] : point);
  const lines = [verdict + sure, answer.status === "ambiguous" ? "" : found, ...answer.faults.map((fault) => fault.text),
    answer.question];
  say(kind, lines, choices.map((one) => [candidateText(one), () => pick(one.code, true, place(one))]));
  if (answer.status === "ambiguous") state.view.offer(choices.filter((one) => one.place));
}

function candidateText(one) {
  const head = one.datum ? `按 ${one.datum}：${one.code}` : `${one.query ? `${one.query}：` : ""}${one.code}`;
  return [head, one.full_name, one.place?.id ? one.place.text : ""].filter(Boolean).join("\n");
}

// --- keys ------------------------------------------------------------------------------------------------------

function wireForm() {
  $("search").addEventListener("submit", search);
  state.suggestions = new Suggestions($("query"), $("suggestions"), search);
  $("datum").addEventListener("change", () => $("query").value.trim() && search());
  $("copy").addEventListener("click", async () => {
    await copyText($("card-code").dataset.code);
    $("copy").textContent = "已复制";
    $("live").textContent = "编码已复制";
    setTimeout(() => { $("copy").textContent = "复制"; }, 1500);
  });
  listKeys(pick);
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing) {
      event.preventDefault();
      $("query").select();
    } else if (event.key === "Escape") {
      clear();
      $("query").focus();
    }
  });
}

wireForm();
start().catch((error) => {
  fail(error);
  if (error.status === 404) say("error", ["还没有已发布的网格版本", "请先运行 gridgeo merge 或 gridgeo import"]);
  document.body.dataset.ready = "";
});
