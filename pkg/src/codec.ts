/**
 * The postcard wire format (version 1 of its specification), as much of it as crosses between host and core.
 *
 * Numbers are whole and at most 2^53 - 1: LEB128 in seven-bit groups, signed ones folded (0, -1, 1, -2, …).
 */

/** The longest text whose length is one byte. */
const SHORT = 127;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Writes values one after the other into a buffer that grows. */
export class Writer {
  #buffer = new Uint8Array(256);
  #end = 0;

  /** What was written so far. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#end);
  }

  /** Returns what was written, and starts anew. */
  take(): Uint8Array {
    const bytes = this.bytes.slice();
    this.#end = 0;
    return bytes;
  }

  byte(value: number): void {
    this.#room(1)[this.#end++] = value;
  }

  flag(value: boolean): void {
    this.byte(value ? 1 : 0);
  }

  whole(value: number): void {
    const buffer = this.#room(8);
    for (; value > 127; value = Math.floor(value / 128)) buffer[this.#end++] = (value % 128) + 128;
    buffer[this.#end++] = value;
  }

  /** From -2^52 to 2^52 - 1. */
  signed(value: number): void {
    this.whole(value < 0 ? -2 * value - 1 : 2 * value);
  }

  text(value: string): void {
    if (value.length > SHORT || !this.#plain(value)) {
      const bytes = encoder.encode(value);
      this.whole(bytes.length);
      this.#room(bytes.length).set(bytes, this.#end);
      this.#end += bytes.length;
    }
  }

  /** Writes a short text in ASCII, as most are: faster than a call of the encoder. */
  #plain(value: string): boolean {
    const { length } = value;
    const buffer = this.#room(1 + length);
    const start = this.#end + 1;
    for (let at = 0; at < length; at++) {
      const unit = value.charCodeAt(at);
      if (unit > 127) return false;
      buffer[start + at] = unit;
    }
    buffer[this.#end] = length;
    this.#end = start + length;
    return true;
  }

  /** One byte that tells whether there is a value, then the value. */
  option<T>(value: T | undefined, write: (value: T) => void): void {
    this.flag(value !== undefined);
    if (value !== undefined) write(value);
  }

  list<T>(values: readonly T[], write: (value: T, place: number) => void): void {
    this.whole(values.length);
    values.forEach(write);
  }

  #room(length: number): Uint8Array {
    if (this.#end + length > this.#buffer.length) {
      const grown = new Uint8Array(2 * (this.#end + length));
      grown.set(this.bytes);
      this.#buffer = grown;
    }
    return this.#buffer;
  }
}

/** Reads values in the order in which they were written. Throws a `RangeError` where the bytes break off. */
export class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new RangeError("the bytes break off");
    return value;
  }

  flag(): boolean {
    return this.byte() === 1;
  }

  whole(): number {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = this.byte();
      value += (byte & 127) * unit;
      if (value > Number.MAX_SAFE_INTEGER) throw new RangeError("a number is above 2^53 - 1");
      if (byte < 128) return value;
    }
  }

  signed(): number {
    const folded = this.whole();
    return folded % 2 ? -(folded + 1) / 2 : folded / 2;
  }

  text(): string {
    const length = this.whole();
    if (length > this.#bytes.length - this.#at) throw new RangeError("the bytes break off");
    return decoder.decode(this.#bytes.subarray(this.#at, (this.#at += length)));
  }

  option<T>(read: () => T): T | undefined {
    return this.flag() ? read() : undefined;
  }

  list<T>(read: () => T): T[] {
    const length = this.whole();
    if (length > this.#bytes.length - this.#at) throw new RangeError("the bytes break off");
    const list: T[] = [];
    for (let at = 0; at < length; at++) list.push(read());
    return list;
  }
}
