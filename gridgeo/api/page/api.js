// Requests to the server this page came from; every failure becomes one Chinese sentence.

const SENTENCES = { 404: "没有找到", 409: "版本已变，请刷新页面", 422: "输入有误", 503: "数据库暂时不可用" };

export class Failure extends Error {
  constructor(status, detail) {
    super(SENTENCES[status] ?? `服务器出错（${status}）`);
    this.status = status;
    this.detail = detail;
  }
}

export async function ask(path, params = {}, signal = undefined) {
  const query = new URLSearchParams(params).toString();
  let response;
  try {
    response = await fetch(query ? `${path}?${query}` : path, { signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw Object.assign(new Failure(0, ""), { message: "服务器没有应答，请检查网络" });
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Failure(response.status, body.detail ?? "");
  return body;
}

export const ROWS_AT_ONCE = 3000;

// All grids of a box (lon/lat), or null if there are more than the screen can show.
export async function gridsIn(box, signal) {
  const params = box ? { bbox: box.map((v) => v.toFixed(7)).join(",") } : {};
  const { numberMatched } = await ask("grids", { ...params, limit: 1 }, signal);
  if (numberMatched > ROWS_AT_ONCE) return { numberMatched, features: null };
  return ask("grids", { ...params, limit: ROWS_AT_ONCE }, signal);
}
