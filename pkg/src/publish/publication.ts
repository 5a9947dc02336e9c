/**
 * The Durable Object that holds what a shop publishes. It takes what follows from what it has and nothing else: an authority
 * signed by the one before, a head of one of its publishers with everything that the head names, all of it or nothing.
 */
import { TactfulError, refuse } from "../errors.js";
import { toHex } from "../till/text.js";
import { unhex } from "../ledger/text.js";
import type { Timestamp } from "../types.js";
import { patched } from "./delta.js";
import { type Authority, type Head, LARGEST_DOCUMENT, digest, openAuthority, openHead, readHead } from "./documents.js";
import type { Held } from "./follow.js";
import { frames } from "./frames.js";
import { limited } from "../edge/http.js";
import { type News, type PublicationHost, refused, tellHubs } from "./objects.js";
import { type Delta, type Storage, type Store, contentsOf, openStore } from "./store.js";
import { grown, rootOf } from "./tree.js";

/** Largest publication, bytes: what an object of 128 MB can hold beside all else. */
const LARGEST_BODY = 48 * 1_048_576;
/** Entries of the log that are told at once. */
const ENTRIES = 1_000;
/** All hubs are told once more after so long, ms; who heard it before does nothing. */
const TELL_AGAIN_MS = 1_000;

/** What a publication brings. */
interface Brought {
  envelope: string;
  contents: Held[];
  deltas: Delta[];
}

/** The object's work, without its class. */
export class Publisher {
  readonly #storage: Storage;
  readonly #store: Store;
  readonly #host: PublicationHost;
  readonly #now: () => Timestamp;

  constructor(storage: Storage, host: PublicationHost) {
    this.#storage = storage;
    this.#store = openStore({ sql: storage.sql, transactionSync: (work) => storage.transactionSync(work) });
    this.#host = host;
    this.#now = host.now ?? Date.now;
  }

  async fetch(request: Request): Promise<Response> {
    try {
      const { pathname, searchParams } = new URL(request.url);
      if (request.method === "POST") return Response.json(await (pathname === "/v1/authority" ? this.#rotate(request) : this.#publish(request)), { status: 201 });
      const [, , kind = "", name = "", from] = pathname.split("/");
      switch (kind) {
        case "head": return text(this.#store.newest()?.envelope);
        case "authority": return text(this.#store.authority(Number(name)));
        case "log": return Response.json({ entries: this.#store.entries(Number(searchParams.get("from") ?? 0), ENTRIES) });
        default: return bytes(this.#store.bytes(from ? `${name}/${from}` : name));
      }
    } catch (error) {
      return refused(error, this.#host.onError);
    }
  }

  /** Tells the hubs again, where one could not be told. */
  async alarm(): Promise<void> {
    const envelope = this.#store.newest()?.envelope;
    const failed = envelope && (await tellHubs(this.#host, "announce", { version: readHead(envelope).version, envelope } satisfies News));
    // The platform calls an alarm that threw again, later each time.
    if (failed) throw failed.reason;
  }

  async #rotate(request: Request): Promise<{ version: number }> {
    const envelope = await limited(request, LARGEST_DOCUMENT);
    const trusted = await this.#authority();
    const { trust } = this.#host;
    if (trusted && this.#store.authority() === envelope) return { version: trusted.version };
    const next = await openAuthority(envelope, trusted ?? trust, trusted ? trusted.version + 1 : trust.version).catch(asRefusal);
    if (trusted && next.shop !== trusted.shop) throw refuse("untrusted", "/shop", "the authority is of another shop");
    this.#store.addAuthority(next.version, envelope);
    return { version: next.version };
  }

  /** The newest authority. It was signed by those before when it came, so its own roots vouch for it here. */
  async #authority(): Promise<Authority | undefined> {
    const envelope = this.#store.authority();
    if (!envelope) return undefined;
    const own = JSON.parse(JSON.parse(envelope).signed) as Authority;
    return openAuthority(envelope, own, own.version);
  }

  async #publish(request: Request): Promise<{ version: number }> {
    const brought = await this.#read(request);
    const { head, again } = await this.#take(brought);
    if (!again) await tellHubs(this.#host, "announce", { version: head.version, envelope: head.envelope } satisfies News);
    return { version: head.version };
  }

  /** Reads the body; the head comes first, and the rest of one that nobody trusts is not read. */
  async #read(request: Request): Promise<Brought> {
    let [envelope, left, most] = ["", LARGEST_BODY, LARGEST_DOCUMENT];
    const contents: Held[] = [];
    const deltas: Delta[] = [];
    for await (const { kind, bytes } of frames(request.body as ReadableStream<Uint8Array<ArrayBuffer>> | null, () => Math.min(left, most))) {
      left -= bytes.length;
      if (kind === 1 && !envelope) {
        envelope = new TextDecoder().decode(bytes);
        const { head } = await this.#opened(envelope);
        most = Math.max(0, ...contentsOf(head).map(({ bytes }) => bytes)) + 64;
      } else if (kind === 2 && envelope) {
        contents.push({ sha256: await digest(bytes), bytes });
      } else if (kind === 3 && envelope && bytes.length > 64) {
        deltas.push({ to: toHex(bytes.subarray(0, 32)), from: toHex(bytes.subarray(32, 64)), bytes: bytes.slice(64) });
      } else {
        throw refuse("malformed", "", "the head comes first, then packs and deltas");
      }
    }
    if (!envelope) throw refuse("malformed", "", "the body has no head");
    return { envelope, contents, deltas };
  }

  /** A head, checked against the newest one; `again` where it is that one. */
  async #opened(envelope: string): Promise<{ head: Head; again: boolean }> {
    const authority = await this.#authority();
    if (!authority) throw refuse("untrusted", "", "there is no authority yet; send it first");
    const newest = this.#store.newest()?.envelope;
    const known = newest === undefined ? undefined : readHead(newest);
    const head = await openHead(envelope, authority, this.#now(), known).catch(asRefusal);
    return { head, again: head.entry === known?.entry };
  }

  async #take({ envelope, contents, deltas }: Brought): Promise<{ head: Head; again: boolean }> {
    const { head, again } = await this.#opened(envelope);
    if (again) return { head, again };
    const subtrees = await this.#logged(head);
    const wanted = contentsOf(head);
    const at = (sha256: string) => contents.find((one) => one.sha256 === sha256)?.bytes ?? this.#store.bytes(sha256);
    for (const { sha256, bytes } of wanted) {
      const there = at(sha256);
      if (!there) throw refuse("missing-pack", "", `${sha256} was not sent`);
      if (there.length !== bytes) throw refuse("wrong-pack", "", `${sha256} has ${there.length} bytes, and the head says ${bytes}`);
    }
    const odd = contents.find(({ sha256 }) => !wanted.some((one) => one.sha256 === sha256));
    if (odd) throw refuse("wrong-pack", "", `${odd.sha256} was sent, and the head does not name it`);
    for (const delta of deltas) await proved(delta, at(delta.from), wanted.find(({ sha256 }) => sha256 === delta.to)?.bytes);
    this.#store.publish(head, subtrees, contents, deltas);
    // Should this object end before all hubs are told, or one of them not hear it.
    void this.#storage.setAlarm(this.#now() + TELL_AGAIN_MS);
    return { head, again };
  }

  /** The log with this entry; throws where the head's own log says otherwise. */
  async #logged({ entry, log }: Head): Promise<string> {
    const { size, subtrees } = this.#store.newest() ?? { size: 0, subtrees: "" };
    const before = subtrees.split(" ").filter(Boolean).map(unhex);
    const after = await grown(before, size, entry);
    if (log.size !== size + 1 || log.root !== toHex(await rootOf(after))) throw refuse("not-next", "/log", `the log has ${size} entries, and this is not the next of it`);
    return after.map(toHex).join(" ");
  }
}

/** Only a delta that makes what it says is kept: pages would find out, each by itself. */
async function proved({ to, from, bytes }: Delta, before: Uint8Array | undefined, length: number | undefined): Promise<void> {
  if (!before || length === undefined) throw refuse("wrong-delta", "", `a delta is from ${from} to ${to}, of which one is not there`);
  const made = await digest(patched(before, bytes, length));
  if (made !== to) throw refuse("wrong-delta", "", `a delta makes ${made}, and says that it makes ${to}`);
}

/** How a refusal of a document is told to who sent it. */
function asRefusal(error: unknown): never {
  if (!(error instanceof TactfulError)) throw error;
  const code = /^no-/.test(error.code) ? "malformed" : /^(?:old-head|not-next)$/.test(error.code) ? "not-next" : "untrusted";
  throw new TactfulError(code, error.issues.map((issue) => ({ ...issue, code })));
}

function text(envelope: string | undefined): Response {
  return envelope === undefined ? nothing() : new Response(envelope, { headers: { "content-type": "application/json" } });
}

function bytes(found: Uint8Array<ArrayBuffer> | undefined): Response {
  return found ? new Response(found, { headers: { "content-type": "application/octet-stream" } }) : nothing();
}

function nothing(): Response {
  return refused(refuse("not-found", "", "nothing is published under this address"));
}
