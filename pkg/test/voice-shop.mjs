/** What the tests of voice share: a shop on workerd with a clock of its own, and shoppers who have tokens. */
import { randomBytes } from "node:crypto";
import { Miniflare } from "miniflare";
import { nextToken } from "../dist/voice/tokens.js";
import { bundle } from "./hosts.mjs";

export const KEY = "the-key-of-the-desk";
/** A Monday that is not yet over, so that nothing is forgotten while a test runs. */
export const MONDAY = Date.parse("2031-11-17T00:00:00Z");
export const [HOUR, DAY, WEEK] = [3_600_000, 86_400_000, 7 * 86_400_000];

const WORKER = `
  import { createVoice } from "tactful/voice";
  import { VoiceDesk as Desk } from "tactful/voice";
  /** Lets a test read what is kept. */
  export class VoiceDesk extends Desk {
    constructor(state) {
      super(state);
      this.sql = state.storage.sql;
    }
    fetch(request) {
      return request.url.startsWith("https://voice/rows/") ? Response.json(this.sql.exec("SELECT * FROM " + request.url.split("/").at(-1)).toArray()) : super.fetch(request);
    }
  }
  let handler;
  let now = ${MONDAY};
  export default {
    async fetch(request, env) {
      now = Number(request.headers.get("x-now") ?? now);
      handler ??= createVoice({ desk: env.VOICE, key: env.KEY, origins: ["https://shop.example"], address: (one) => one.headers.get("x-address") ?? "192.0.2.1", tokens: JSON.parse(env.TOKENS), now: () => now, onError: (error) => console.error(error.stack) });
      return handler(request);
    },
  };`;

/** A shop; `tokens` is how many it gives away. */
export async function shop({ tokens = { network: 1e6, day: 1e6 }, kept } = {}) {
  const miniflare = new Miniflare({
    cf: false,
    compatibilityDate: "2026-04-01",
    modules: [{ type: "ESModule", path: "worker.js", contents: await bundle(WORKER, { conditions: ["workerd", "worker"] }) }],
    bindings: { KEY, TOKENS: JSON.stringify(tokens) },
    durableObjects: { VOICE: { className: "VoiceDesk", useSQLite: true } },
    ...(kept && { durableObjectsPersist: kept }),
  });
  const url = await miniflare.ready;
  const rows = async (table) => {
    const namespace = await miniflare.getDurableObjectNamespace("VOICE");
    return (await namespace.get(namespace.idFromName("voice")).fetch(`https://voice/rows/${table}`)).json();
  };
  return { ...client(url), rows, miniflare, url, close: () => miniflare.dispose() };
}

/** What may be asked of a shop at an address. */
export function client(url) {
  const at = (path) => new URL(`/v1/voice${path}`, url);
  const token = (headers = {}) => nextToken(at("/tokens"), { "tactful-consent": "given", ...headers });
  const said = (more = {}) => ({ id: randomBytes(16).toString("base64url"), kind: "wish", text: "Oat milk, please", language: "en", ...more });
  const asked = async (path, { method = "GET", body, ...headers } = {}) => {
    const response = await fetch(at(path), { method, headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers }, ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }) });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : undefined };
  };
  const spend = async (path, body, headers = {}) => asked(path, { method: "POST", body, "tactful-consent": "given", authorization: `PrivateToken token="${headers.token ?? (await token(headers))}"`, ...headers });
  const say = async (more, headers) => {
    const topic = said(more);
    return { topic, ...(await spend("", topic, headers)) };
  };
  const vote = (id, headers) => spend(`/${id}/votes`, undefined, headers);
  const desk = (path, body, method = body === undefined ? "GET" : "PATCH") => asked(path, { method, ...(body !== undefined && { body }), authorization: `Bearer ${KEY}` });
  return { at, token, said, asked, spend, say, vote, desk };
}
