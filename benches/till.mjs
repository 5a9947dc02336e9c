/** `node benches/till.mjs`: how long a till takes to check a coupon, alone and with the word of its device, µs. */
import { verify } from "tactful/till";
import { holderTag, makeHolderKey, present } from "tactful/wallet";
import { NOW, shop } from "../pkg/test/tokens.mjs";

const COUNT = 2_000;
const here = shop();
const keys = await here.keys();
const device = await makeHolderKey();
const place = { merchant: 77, stores: [12], env: "production", online: true };
const issue = (...args) => here.issue("--percent", "20", "--count", String(COUNT), ...args);
const alone = issue("--seed", "1").map(({ qr }) => qr);
const bound = await Promise.all(issue("--seed", "2", "--holder", await holderTag(device)).map(({ token }) => present(token, device, NOW)));

for (const [name, shown] of [["alone", alone], ["with its device", bound], ["alone", alone], ["with its device", bound]]) {
  const times = [];
  for (const qr of shown) {
    const from = performance.now();
    const { kind } = await verify(qr, keys, place, NOW);
    times.push((performance.now() - from) * 1_000);
    if (kind !== "accepted") throw new Error(kind);
  }
  times.sort((a, b) => a - b);
  console.log(`${name}: median ${times[COUNT / 2].toFixed(0)}, 99 of 100 below ${times[COUNT * 0.99].toFixed(0)}`);
}
