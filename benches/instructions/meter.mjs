/**
 * Makes a WebAssembly module count its own instructions: each straight run of instructions adds its length to a counter
 * before it ends. What only marks a place (`block`, `loop`, `else`, `end`, `nop`) is free, as in wasmtime's fuel, and
 * copying or filling memory is one instruction, whatever its length.
 */
const [GLOBALS, EXPORTS, CODE] = [6, 7, 10];
const NAME = "instructions executed";

/** Returns the module with a counter of 64 bits as one more global and one more export. */
export function metered(bytes) {
  const counter = globals(bytes);
  const change = {
    [GLOBALS]: (reader) => appended(reader, [0x7e, 1, 0x42, 0, 0x0b]), // (mut i64) (i64.const 0)
    [EXPORTS]: (reader) => appended(reader, [...text(NAME), 3, ...unsigned(counter)]),
    [CODE]: (reader) => functions(reader, counter),
  };
  const out = [bytes.subarray(0, 8)];
  for (const { id, content } of sections(bytes)) {
    const changed = change[id]?.(new Reader(content)) ?? content;
    out.push(Uint8Array.from([id, ...unsigned(changed.length)]), changed);
  }
  return new WebAssembly.Module(Buffer.concat(out));
}

/** Returns a function that tells how many instructions every instance made from now on has executed. */
export function watchInstances() {
  const counters = [];
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(module, imports) {
      super(module, imports);
      if (this.exports[NAME]) counters.push(this.exports[NAME]);
    }
  };
  return () => counters.reduce((sum, counter) => sum + Number(counter.value), 0);
}

class Reader {
  at = 0;

  constructor(bytes) {
    this.bytes = bytes;
  }

  get done() {
    return this.at >= this.bytes.length;
  }

  byte() {
    return this.bytes[this.at++];
  }

  /** An unsigned number of at most 32 bits; of a signed one, only its length is right. */
  number() {
    for (let [value, scale] = [0, 1]; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  take(length) {
    return this.bytes.subarray(this.at, (this.at += length));
  }
}

function* sections(bytes) {
  const reader = new Reader(bytes);
  reader.take(8);
  while (!reader.done) yield { id: reader.byte(), content: reader.take(reader.number()) };
}

/** The globals of a module, imported ones included: the number of the next. */
function globals(bytes) {
  const { module, own } = { module: new WebAssembly.Module(bytes), own: [...sections(bytes)].find(({ id }) => id === GLOBALS) };
  if (!own) throw new Error("the module has no globals, so its stack cannot be found");
  return WebAssembly.Module.imports(module).filter(({ kind }) => kind === "global").length + new Reader(own.content).number();
}

/** A list with one more entry. */
function appended(reader, entry) {
  const count = reader.number();
  return Buffer.concat([Uint8Array.from(unsigned(count + 1)), reader.take(Infinity), Uint8Array.from(entry)]);
}

function functions(reader, counter) {
  const count = reader.number();
  const out = [Uint8Array.from(unsigned(count))];
  for (let place = 0; place < count; place += 1) {
    const body = counting(new Reader(reader.take(reader.number())), counter);
    out.push(Uint8Array.from(unsigned(body.length)), body);
  }
  return Buffer.concat(out);
}

/** A function's body in which every straight run of instructions is counted just before it ends. */
function counting(reader, counter) {
  const out = [];
  for (let groups = reader.number(); groups > 0; groups -= 1) {
    reader.number();
    reader.byte();
  }
  out.push(reader.bytes.subarray(0, reader.at));
  const add = [0x23, ...unsigned(counter), 0x42];
  const set = [0x7c, 0x24, ...unsigned(counter)];
  let run = 0;
  while (!reader.done) {
    const from = reader.at;
    const opcode = reader.byte();
    operands(reader, opcode);
    run += MARKS.has(opcode) ? 0 : 1;
    if (ENDS.has(opcode) && run > 0) {
      out.push(Uint8Array.from([...add, ...signed(run), ...set]));
      run = 0;
    }
    out.push(reader.bytes.subarray(from, reader.at));
  }
  return Buffer.concat(out);
}

/** nop, block, loop, else, end. */
const MARKS = new Set([0x01, 0x02, 0x03, 0x05, 0x0b]);
/** What a run ends with or before: unreachable, block, loop, if, else, end, br, br_if, br_table, return, tail calls. */
const ENDS = new Set([0x00, 0x02, 0x03, 0x04, 0x05, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x12, 0x13]);

/** Passes over what follows an instruction. Source: WebAssembly core specification 2.0, section 5.4. */
function operands(reader, opcode) {
  const numbers = (count) => { for (; count > 0; count -= 1) reader.number(); };
  if (opcode >= 0x02 && opcode <= 0x04) return numbers(1); // type of a block
  if (opcode === 0x0c || opcode === 0x0d || opcode === 0x10 || opcode === 0x12) return numbers(1);
  if (opcode === 0x0e) return numbers(reader.number() + 1);
  if (opcode === 0x11 || opcode === 0x13) return numbers(2);
  if (opcode === 0x1c) return numbers(reader.number());
  if (opcode >= 0x20 && opcode <= 0x26) return numbers(1);
  if (opcode >= 0x28 && opcode <= 0x3e) return numbers(2); // alignment, offset
  if (opcode >= 0x3f && opcode <= 0x42) return numbers(1);
  if (opcode === 0x43) return void reader.take(4);
  if (opcode === 0x44) return void reader.take(8);
  if (opcode === 0xd0 || opcode === 0xd2) return numbers(1);
  if (opcode === 0xfc) return numbers(MORE[reader.number()] ?? unknown("0xfc"));
  if (opcode > 0xc4 && opcode !== 0xd1) unknown(`0x${opcode.toString(16)}`);
}

/** Numbers behind each instruction of the prefix 0xfc: saturating conversions, memory and tables in bulk. */
const MORE = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

function unknown(opcode) {
  throw new Error(`the meter does not know the instruction ${opcode}; teach it in benches/instructions/meter.mjs`);
}

function text(characters) {
  const bytes = new TextEncoder().encode(characters);
  return [...unsigned(bytes.length), ...bytes];
}

function unsigned(number) {
  return number < 128 ? [number] : [(number & 127) | 128, ...unsigned(Math.floor(number / 128))];
}

/** A positive number, as a signed one is written. */
function signed(number) {
  return number < 64 ? [number] : [(number & 127) | 128, ...signed(Math.floor(number / 128))];
}
