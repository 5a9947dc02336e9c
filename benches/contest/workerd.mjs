/**
 * The match in workerd, the runtime of Cloudflare Workers: each contestant with each catalog in a process of its own.
 *
 * The clock stands still there while a worker computes, so a request makes many decisions and is timed from outside,
 * less the time of a request that makes none.
 */
import { Log, LogLevel, Miniflare } from "miniflare";
import { core, forWorkerd } from "./bundle.mjs";
import { contestant, momentsText, payload } from "./stage.mjs";
import { median, settled } from "./stopwatch.mjs";

const worker = (id, file) => `
  import { load } from "./contestants/${id}.mjs";
  import { check } from "./stopwatch.mjs";
  import payload from "./${file}";
  import text from "./moments.txt";
  const decide = await load(payload);
  const moments = JSON.parse(text);
  export default {
    async fetch(request) {
      const sweeps = Number(new URL(request.url).searchParams.get("sweeps"));
      if (Number.isNaN(sweeps)) return new Response(check(decide, moments));
      let shown = 0;
      for (let i = 0; i < sweeps; i++) {
        for (const { context, placement, now } of moments) if (decide(context, placement, now) !== null) shown++;
      }
      return new Response(String(shown));
    },
  };`;

/** How long a timed request computes at least, in milliseconds. */
const LONG = 25;

export async function open(id, key) {
  const one = await contestant(id);
  const data = one.packed ? { type: "Data", path: "payload.tact" } : { type: "Text", path: "payload.txt" };
  const miniflare = new Miniflare({
    cf: false,
    compatibilityDate: "2026-04-01",
    log: new Log(LogLevel.NONE),
    modules: [
      { type: "ESModule", path: "worker.js", contents: await forWorkerd(worker(id, data.path)) },
      { ...data, contents: await payload(one, key) },
      { type: "Text", path: "moments.txt", contents: await momentsText(id, key) },
      ...(one.packed ? [{ type: "CompiledWasm", path: "core.wasm", contents: await core() }] : []),
    ],
  });
  const moments = JSON.parse(await momentsText(id, key)).length;
  const url = await miniflare.ready;
  const timed = async (sweeps) => {
    const start = performance.now();
    const response = await fetch(`${url}?sweeps=${sweeps}`);
    if (!response.ok) throw new Error(await response.text());
    await response.text();
    return performance.now() - start;
  };
  let sweeps = 1;
  const [full, empty] = [[], []];
  return {
    check: () => timed("check"),
    async warm() {
      while ((await timed(sweeps)) < LONG) sweeps *= 2;
      await settled(() => timed(4 * sweeps));
      return (await timed(sweeps)) / sweeps;
    },
    async round() {
      for (let pair = 0; pair < 3; pair++) {
        empty.push(await timed(0));
        full.push(await timed(sweeps));
      }
    },
    result: () => ({ us: (1_000 * (median(full) - median(empty))) / sweeps / moments }),
    close: () => miniflare.dispose(),
  };
}
