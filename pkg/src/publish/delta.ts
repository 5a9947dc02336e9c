/**
 * Makes a pack from the one before it and what changed; `src/publish/delta.rs` makes the deltas and describes them.
 *
 * A delta is steps: how many bytes to copy, how far from where the last copy ended (zigzag), how many new bytes follow, and
 * those bytes. Numbers are LEB128 of at most 32 bits.
 */
import { refuse } from "../errors.js";

/** What a delta makes of `from`: at most `most` bytes. Throws where it makes no sense; whether it is right its hash tells. */
export function patched(from: Uint8Array, delta: Uint8Array, most: number): Uint8Array<ArrayBuffer> {
  const made = new Uint8Array(most);
  let [at, read, cursor] = [0, 0, 0];
  const number = (): number => {
    for (let value = 0, weight = 1; weight <= 2 ** 28; weight *= 128) {
      const byte = delta[read++] ?? wrong();
      value += (byte & 127) * weight;
      if (byte < 128) return value < 2 ** 32 ? value : wrong();
    }
    return wrong();
  };
  const put = (bytes: Uint8Array, begin: number, length: number): void => {
    if (begin < 0 || begin + length > bytes.length || at + length > most) wrong();
    made.set(bytes.subarray(begin, begin + length), at);
    at += length;
  };
  while (read < delta.length) {
    const [copy, jump, fresh] = [number(), number(), number()];
    cursor += jump % 2 === 1 ? -(jump + 1) / 2 : jump / 2;
    put(from, cursor, copy);
    cursor += copy;
    put(delta, read, fresh);
    read += fresh;
  }
  return made.slice(0, at);
}

function wrong(): never {
  throw refuse("wrong-delta", "", "the delta makes no sense");
}
