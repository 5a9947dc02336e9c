/** The match in Node: each contestant with each catalog in a process of its own. */
import { fork } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { contestant, here, momentsText, payload } from "./stage.mjs";
import { stopwatch } from "./stopwatch.mjs";

/** Opens a contestant; every call becomes a message to its process. */
export async function open(id, key) {
  const child = fork(join(here, "node.mjs"), [id, key], { env: { ...process.env, NODE_ENV: "production" } });
  const call = (...message) => new Promise((answered, failed) => {
    const ended = (code, signal) => failed(new Error(`its process ended with ${signal ?? code}`));
    child.once("exit", ended);
    child.once("message", ({ error, value }) => {
      child.off("exit", ended);
      error === undefined ? answered(value) : failed(new Error(error));
    });
    child.send(message);
  });
  return {
    check: () => call("check"),
    warm: (duration) => call("warm", duration),
    round: (duration) => call("round", duration),
    result: () => call("result"),
    close: () => child.kill(),
  };
}

/** The process of one contestant. */
async function serve(id, key) {
  const one = await contestant(id);
  const decide = await one.load(await payload(one, key));
  const watch = stopwatch(decide, JSON.parse(await momentsText(id, key)), () => performance.now());
  process.on("message", async ([method, ...values]) => {
    try {
      process.send({ value: await watch[method](...values) });
    } catch (error) {
      process.send({ error: error.message });
    }
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await serve(...process.argv.slice(2));
