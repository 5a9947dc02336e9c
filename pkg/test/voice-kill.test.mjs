/** What was said and acknowledged is there after kill -9, once; and every vote that was counted, whenever workerd is killed. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { server } from "../../benches/ledger/workerd.mjs";
import { KEY, client } from "./voice-shop.mjs";

/** `TEXTS=5000 KILLS=100` for more of it. */
const { TEXTS = "400", KILLS = "10" } = process.env;
const ENTRY = `
  import { createVoice } from "tactful/voice";
  export { VoiceDesk } from "tactful/voice";
  let handler;
  export default { fetch: (request, env) => (handler ??= createVoice({ desk: env.VOICE, key: env.KEY, tokens: { network: 1e9, day: 1e9 } }))(request) };`;

test("nothing that was acknowledged is lost or counted twice", { timeout: 900_000 }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "tactful-voice-"));
  const workerd = await server({ folder, entry: ENTRY, text: { KEY }, objects: { VOICE: "VoiceDesk" }, quiet: true });
  try {
    const one = client(`http://127.0.0.1:${workerd.port}/`);
    /** Tries the same again until it is answered, as a shopper's page would. */
    const until = async (ask) => {
      for (;;) {
        const told = await ask().catch(() => undefined);
        if (told !== undefined && !(told.status >= 500)) return told;
        repeated += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    let [repeated, answers, kills] = [0, 0, 0];
    const { topic: wanted } = await one.say({ text: "wanted by all" });
    await one.desk(`/${wanted.id}`, { public: true });
    const said = new Map();
    let left = Number(TEXTS);
    const shopper = async () => {
      while (left-- > 0) {
        const topic = one.said({ text: `text ${left}` });
        const [token, vote] = [await until(() => one.token()), await until(() => one.token())];
        assert.ok([200, 201].includes((await until(() => one.spend("", topic, { token }))).status));
        assert.ok([200, 201].includes((await until(() => one.vote(wanted.id, { token: vote }))).status));
        said.set(topic.id, topic.text);
        answers += 1;
      }
    };
    const killer = async () => {
      while (kills < Number(KILLS) && left > 0) {
        const from = answers;
        while (answers < from + Number(TEXTS) / (Number(KILLS) + 2) && left > 0) await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
        await workerd.kill();
        await workerd.start();
        kills += 1;
      }
    };
    await Promise.all([killer(), ...Array.from({ length: 8 }, shopper)]);
    await workerd.kill();
    await workerd.start();
    const { topics } = JSON.parse((await one.desk("/export?format=json")).text);
    const kept = new Map(topics.map(({ id, text }) => [id, text]));
    assert.deepEqual([...said].filter(([id, text]) => kept.get(id) !== text), []);
    assert.equal(topics.length, said.size + 1);
    assert.equal(topics.find(({ id }) => id === wanted.id).votes, said.size + 1);
    assert.ok(repeated > 0, "a kill hit somebody");
    t.diagnostic(`${said.size} texts and votes, ${kills + 1} kills, ${repeated} sent again, 0 lost, 0 twice`);
  } finally {
    await workerd.close().catch(() => {});
    await rm(folder, { recursive: true, force: true });
  }
});
