/**
 * What an isolate does whose object is elsewhere and overrun: two workerd, the edge in one and the object in the other, as they
 * are on two machines of a platform. So many requests wait for the object, the others are told at once to come later, and heads
 * go on from the copy.
 */
import { join } from "node:path";
import { bodyOf } from "../../pkg/test/publishing.mjs";
import { server } from "../ledger/workerd.mjs";
import { CONNECTIONS, closed, opened, percentiles } from "./load.mjs";
import { ENTRY, OBJECTS, variables } from "./worker.mjs";

/** The object's own process passes on what it is sent. */
const OBJECT = `${ENTRY.replace(/\n  let handler;[^]*/, "")}
  export default { fetch: (request, env) => env.PUBLICATION.get(env.PUBLICATION.idFromName("publication")).fetch(request) };`;

/** The edge finds it over a connection. */
const EDGE = ENTRY.replace("publication: env.PUBLICATION, hub: env.LIVE_HUB", "publication: far(env.FAR), hub: far(env.FAR)") + `
  const far = (there) => ({ idFromName: (name) => name, get: () => ({ fetch: (request) => there.fetch(request) }) });`;

/** Collects once a megabyte of new objects is full: each time what the host keeps for all requests since is destroyed, while everybody waits. */
const V8 = ["--max-semi-space-size=1"];

/** Sends the same head again and again, which the object checks each time, three times as often as it can. */
export async function far({ folder, trust, told, catalog, most, seconds }) {
  const object = await server({ folder: join(folder, "object"), entry: OBJECT, text: variables({ trust }), objects: OBJECTS, v8: V8 });
  const edge = await server({ folder: join(folder, "edge"), entry: EDGE, text: variables({ trust, most }), far: { FAR: object.port }, v8: V8 });
  const from = `http://127.0.0.1:${edge.port}/`;
  try {
    await told(from, "publish", catalog, "--skip-simulation");
    const head = async () => (await fetch(new URL("v1/head", from))).text();
    const again = ["/v1/head", bodyOf({ envelope: await head() })];
    await closed(edge, most, 3, [again]);
    const peak = await closed(edge, most, 10, [again]);
    console.log(`the same head again, to an object elsewhere: ${JSON.stringify(peak)}`);
    const crowd = opened(edge, 3 * peak.rate, seconds, [again]);
    const copies = [];
    for (let on = true; on; ) {
      on = await Promise.race([crowd.then(() => false), new Promise((resolve) => setTimeout(() => resolve(true), 50))]);
      const at = performance.now();
      await head();
      copies.push(performance.now() - at);
    }
    const over = await crowd;
    console.log(`  three times as many for ${seconds} s, over ${CONNECTIONS} connections: goodput ${Math.round((100 * over.rate) / peak.rate)} % of peak, ${JSON.stringify(over)}`);
    console.log(`  heads meanwhile, from the copy: ${JSON.stringify(percentiles(copies))}`);
    const { entries } = await (await fetch(new URL("v1/log", from))).json();
    console.log(`  afterwards the log has ${entries.length} entry`);
  } finally {
    await edge.kill();
    await object.kill();
  }
}
