/**
 * The ledger with one thing broken on purpose: `pkg/test/ledger-mutants.test.mjs` runs each under the harness, which has to notice.
 *
 * Each is the worker that is killed with some lines of the package replaced; a line that is no longer there is an error, so
 * that no mutant goes by unseen. The rules in Rust have mutants of their own (`src/ledger/tests`).
 */

const INSERT = "this.#rows(WRITE.insert, rows);";
/** One turn in five breaks off after its claims were written, and before what counts them is, as with a full disk or a bug. */
const FAULT = [INSERT, `${INSERT} if (!rows.startsWith('{"insert":[]') && Math.random() < 0.2) throw new Error("broken on purpose");`];
const DECIDE = "answers = storage.transactionSync(() => decide(group.map(({ ask }) => ask)));";

/** What the harness must have nothing to say of. */
export const CONTROLS = [
  { name: "nothing broken", broken: {} },
  { name: "exceptions between two writes, inside a transaction", broken: { "shard.js": [FAULT] } },
  { name: "serials of one byte of chance, looked up and unique", claims: 600, broken: { "shard.js": [["new Uint8Array(9)", "new Uint8Array(9).fill(0)"], ["crypto.getRandomValues(", "oneByte("], ["const TRIES = 3;", "const TRIES = 40; const oneByte = (bytes) => { bytes[7] = Math.random() * 256; return bytes; };"]] } },
];

/** What is broken, and what the harness has to say of it. */
export const MUTANTS = [
  {
    name: "exception between two writes, without a transaction",
    says: /counted|budget|promises/,
    broken: { "shard.js": [FAULT], "turns.js": [[DECIDE, "answers = decide(group.map(({ ask }) => ask));"]] },
  },
  {
    name: "await between check and write",
    says: /budget|counted/,
    broken: {
      "shard.js": [["async take(ask) {", `async take(ask) {
        for (;;) {
          const one = ask.kind === "claim" ? { ...ask, chance: toHex(crypto.getRandomValues(new Uint8Array(10)).slice(1)) } : ask;
          const found = this.#load(this.#host.rules.wanted([one], this.#host.now()));
          await new Promise((resolve) => setTimeout(resolve, 1));
          this.#host.rules.wanted([one], this.#host.now());
          const turn = this.#host.rules.turn(found, this.#host.now());
          this.#storage.transactionSync(() => this.#write(turn.rows));
          this.#outbox = turn.renewals;
          this.#written();
          if (turn.answers[0].kind !== "wait") return turn.answers[0];
          await this.#lent(ask);
        }
      }
      async unbroken(ask) {`]],
    },
  },
  {
    name: "granted first, written afterwards",
    says: /promises|twice|budget|counted/,
    broken: { "shard.js": [["this.#write(turn.rows);", "setTimeout(() => { try { this.#storage.transactionSync(() => this.#write(turn.rows)); } catch {} }, 5);"]] },
  },
  {
    name: "serial neither looked up nor unique",
    says: /serial/,
    broken: { "shard.js": [["serial INTEGER NOT NULL UNIQUE", "serial INTEGER NOT NULL"], ["this.#rows(WANTED.serials, wanted);", "[];"], ["new Uint8Array(9)", "new Uint8Array(9).fill(0)"], ["crypto.getRandomValues(", "oneByte("], ["const TRIES = 3;", "const TRIES = 3; const oneByte = (bytes) => { bytes[7] = Math.random() * 256; return bytes; };"]] },
  },
  {
    name: "key neither looked up nor unique",
    says: /changed|refused|promises/,
    broken: { "shard.js": [[", UNIQUE (person, key))", ")"], ["this.#rows(WANTED.keys, wanted);", "[];"]] },
  },
  {
    name: "redemptions granted and not written",
    says: /twice|redeemed/,
    broken: { "shard.js": [["this.#rows(WRITE.update, rows);", ""]] },
  },
  {
    name: "coupons held and that not written",
    says: /held/,
    broken: { "shard.js": [["AND text <> changed.value ->> 2", "AND changed.value ->> '$[2].state.until' IS NULL"]] },
  },
];
