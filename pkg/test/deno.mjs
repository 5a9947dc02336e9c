/** Runs in Deno: plays the cases that come in, and tells what is not as they say. `[{ case, pack }]` to `[failures]`. */
import { load } from "tactful";
import { runCase } from "./run-case.mjs";

const cases = await new Response(Deno.stdin.readable).json();
const told = [];
for (const { case: one, pack } of cases) told.push((await runCase(one, await Deno.readFile(pack), load)).failures);
console.log(JSON.stringify(told));
