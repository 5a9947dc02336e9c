/** Clients that claim, send again what was not answered, and remember what they were promised. */
import { createHash } from "node:crypto";
import { open } from "./connection.mjs";

/** Milliseconds until who was refused a connection tries again, and until who was told `busy` does, here where nobody is far away. */
const [RECONNECT_MS, BUSY_MS] = [10, 20];
/** What is kept of a token: its payload, which the ledger has too, and a digest of the whole. */
const [PAYLOAD, DIGEST] = [50, 14];
const BYTES = PAYLOAD + DIGEST;

/** A claim by its number: the person, the key and the body. Of `again` in a hundred, the person is that of an earlier one. */
export function claimOf(number, { coupon, again = 0, run = "" }) {
  const hash = (text) => createHash("sha256").update(`${run} ${text}`).digest();
  const chance = hash(`again ${number}`);
  const of = number > 0 && chance[0] * 100 < again * 256 ? chance.readUInt32BE(1) % number : number;
  const person = hash(`person ${of}`).subarray(0, 16).toString("base64url");
  return { key: hash(`key ${number}`).toString("base64url").slice(0, 32), body: JSON.stringify({ coupon, person }) };
}

/** What clients were told: of every claim whether it was given, and with which token. */
export function oracle(claims) {
  const digests = Buffer.alloc(claims * BYTES);
  const state = new Uint8Array(claims);
  const [OPEN, GIVEN, REFUSED] = [0, 1, 2];
  const counts = { given: 0, again: 0, refused: {}, cut: 0, busy: 0, found: 0, lost: [], changed: [], twice: [], held: 0, taken: [], odd: [] };
  const digestOf = (token) => Buffer.concat([Buffer.from(token, "base64url").subarray(0, PAYLOAD), createHash("sha256").update(token).digest().subarray(0, DIGEST)]);
  /** Takes in an answer. False where the claim is to be sent again. */
  const told = (number, { status, body }, wasCut) => {
    if (status === 503) {
      counts.busy += 1;
      return false;
    }
    if (status === 200 || status === 201) {
      const digest = digestOf(JSON.parse(body).token);
      const kept = digests.subarray(number * BYTES, (number + 1) * BYTES);
      if (state[number] === GIVEN) {
        counts.again += 1;
        if (!kept.equals(digest)) counts.changed.push(number);
        return true;
      }
      if (state[number] === REFUSED) counts.odd.push({ number, status, body: "given after it was refused" });
      if (status === 200 && wasCut) counts.found += 1;
      kept.set(digest);
      state[number] = GIVEN;
      counts.given += 1;
      return true;
    }
    const reason = status === 409 || status === 410 ? JSON.parse(body).reason : undefined;
    if (state[number] === GIVEN) counts.lost.push({ number, status, body });
    else if (reason === undefined) counts.odd.push({ number, status, body });
    else {
      state[number] = REFUSED;
      counts.refused[reason] = (counts.refused[reason] ?? 0) + 1;
    }
    return true;
  };
  /** Which till was granted which token, and which holds one until when. */
  const [grants, holds] = [new Map(), new Map()];
  /** Takes in what a till was answered. False where it is to ask again: also where another holds the coupon, which it may let go of. */
  const spent = ({ number, till, token, act }, { status, body }) => {
    if (status === 503) return false;
    const [known, reason] = [grants.get(number), status === 409 ? JSON.parse(body).reason : undefined];
    const hold = Date.now() < (holds.get(number)?.until ?? 0) ? holds.get(number) : undefined;
    const granted = status === 200 && act !== "release";
    if (granted && known && known.till !== till) counts.twice.push(number);
    else if (granted && hold && hold.till !== till) counts.taken.push(number);
    else if (granted && act === "redeem") grants.set(number, { till, token });
    else if (granted) holds.set(number, { till, until: JSON.parse(body).until });
    else if (status === 200) return true;
    else if (known?.till === till || (act === "redeem" && hold?.till === till)) counts.lost.push({ number, status, body });
    else if (reason === "reserved" && act === "redeem") return false;
    else if (reason !== "spent") counts.odd.push({ number, status, body });
    if (status === 200 && act === "reserve") counts.held += 1;
    return true;
  };
  /** Whoever lets go of a coupon may have lost it as soon as that is sent. */
  const released = ({ number }) => holds.delete(number);
  const payloads = () => Array.from(state.keys()).filter((number) => state[number] === GIVEN).map((number) => digests.toString("hex", number * BYTES, number * BYTES + PAYLOAD));
  return { counts, told, spent, released, grants, isGiven: (number) => state[number] === GIVEN, payloads };
}

/**
 * Sends claims `from` to `to` over so many connections until each is answered; `answered` is called after each
 * answer, no new one begins when there is `enough`, and when it is `over` nobody waits any more. Resolves with the number after
 * the last.
 */
export async function claimAll({ port, from = 0, to, connections, coupon, again, repeat = 0, redeem = 0, held = 0, truth, run, answered = () => {}, enough = () => false, over = () => false }) {
  let next = from;
  /** What is sent before new claims: claims again, and what tills want, each by its number and perhaps its till. */
  const jobs = [];
  const cut = new Set();
  const send = async (connection, job) => {
    const { number, till, token, act } = job;
    if (till === undefined) {
      const { key, body } = claimOf(number, { coupon, again, run });
      const answer = await connection.ask("POST", "/v1/claims", { "idempotency-key": key }, body);
      const wasNew = !truth.isGiven(number);
      if (!truth.told(number, answer, cut.has(number))) return false;
      if (truth.isGiven(number) && Math.random() < repeat) jobs.push({ number });
      // Two tills at once want the same coupon, or one of them holds it when the other comes.
      if (wasNew && truth.isGiven(number) && Math.random() < redeem) {
        const { token } = JSON.parse(answer.body);
        if (Math.random() < held) jobs.unshift({ number, till: 1, token, act: "reserve" });
        else for (const till of [1, 2]) jobs.unshift({ number, till, token, act: "redeem" });
      }
      return true;
    }
    if (act === "release") truth.released(job);
    if (!truth.spent(job, await spend(connection, job))) return false;
    if (act === "reserve") jobs.push({ number, till: 2, token, act: "redeem" }, { number, till, token, act: Math.random() < 0.5 ? "release" : "redeem" });
    return true;
  };
  const client = async () => {
    let connection = open(port());
    while (!over()) {
      const job = jobs.shift() ?? (next < to && !enough() ? { number: next++ } : undefined);
      if (job === undefined) break;
      try {
        if (connection.closed) connection = open(port());
        if (await send(connection, job)) answered();
        else {
          jobs.push(job);
          await new Promise((resolve) => setTimeout(resolve, BUSY_MS * (1 + Math.random())));
        }
      } catch (error) {
        if (error instanceof SyntaxError || error instanceof TypeError) throw error;
        // Where nobody listened, nothing was under way.
        if (error.code !== "ECONNREFUSED") {
          truth.counts.cut += 1;
          cut.add(job.number);
        }
        jobs.push(job);
        connection.close();
        await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS));
      }
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, client));
  return next;
}

const ADDRESSES = { redeem: "/v1/redemptions", reserve: "/v1/reservations", release: "/v1/reservations/release" };

/** What a till does with a token; the receipt is the claim's number. */
export function spend(connection, { number, till, token, act }) {
  const body = JSON.stringify({ token, till: `till-${till}`, receipt: String(number), store: "s-1" });
  return connection.ask("POST", ADDRESSES[act], { authorization: `Bearer key-${till}` }, body);
}
