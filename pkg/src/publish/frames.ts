/** The body of a publication: frames of one byte of kind, four bytes of length (little-endian), and the bytes. */
import { refuse } from "../errors.js";
import type { Bytes } from "../till/text.js";
import { patient } from "./get.js";

/** One part of a publication. */
export interface Frame {
  /** 1 is the head, 2 a pack or an index of regions, 3 a delta behind the hashes of what it makes and what it is made from. */
  kind: number;
  bytes: Bytes;
}

/** A publisher that sends nothing for so long, ms, is not heard out; nor is one that takes longer than the second. */
const [STALL_MS, LONGEST_MS] = [20_000, 300_000];

/** So much of what is refused is read, and forgotten, bytes. */
const HEARD_OUT = 16 * 1_048_576;

/** Reads one frame after the other, none of them longer than `most` says just then. */
export async function* frames(body: ReadableStream<Uint8Array<ArrayBuffer>> | null, most: () => number): AsyncGenerator<Frame> {
  const patience = patient(STALL_MS, LONGEST_MS);
  const stream = body?.getReader();
  let held: Bytes = new Uint8Array();
  /** The next so many bytes; fewer where the body ends. */
  const read = async (length: number): Promise<Bytes> => {
    const taken = new Uint8Array(length);
    let at = 0;
    while (at < length) {
      if (held.length === 0) {
        const { done, value } = stream ? await patience.race(stream.read()) : { done: true, value: undefined };
        if (done || !value) return taken.slice(0, at);
        held = value;
      }
      const part = held.subarray(0, length - at);
      taken.set(part, at);
      at += part.length;
      held = held.subarray(part.length);
    }
    return taken;
  };
  try {
    for (;;) {
      const header = await read(5);
      if (header.length === 0) return;
      const length = header.length === 5 ? new DataView(header.buffer).getUint32(1, true) : 0;
      if (length > most()) throw refuse("too-large", "", `a part of the body has ${length} bytes, above the maximum of ${most()}`);
      const bytes = await read(length);
      if (header.length < 5 || bytes.length < length) throw refuse("malformed", "", "the body is cut off");
      yield { kind: header[0]!, bytes };
    }
  } finally {
    // To break off would break the connection, and the publisher would never hear why.
    for (let left = HEARD_OUT; stream && left > 0; ) {
      const { value } = await patience.race(stream.read()).catch(() => ({ value: undefined }));
      left = value ? left - value.length : 0;
    }
    patience.end();
    void stream?.cancel().catch(() => {});
  }
}
