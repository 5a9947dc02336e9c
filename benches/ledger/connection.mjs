/** A connection of HTTP/1.1 that stays open: less work for the machine than `fetch`, which it shares with what is measured. */
import { connect } from "node:net";

/**
 * Opens a connection to 127.0.0.1. `ask` resolves to status, headers (as text) and body
 * (as text, and with a length also as bytes); it rejects when the connection breaks.
 * `ready` resolves when it stands, or never will.
 */
export function open(port) {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  let waiting;
  let read = Buffer.alloc(0);
  const fail = (error) => {
    const { reject } = waiting ?? {};
    waiting = undefined;
    reject?.(error ?? new Error("closed"));
  };
  socket.on("error", fail);
  socket.on("close", () => fail());
  socket.on("data", (bytes) => {
    read = read.length === 0 ? bytes : Buffer.concat([read, bytes]);
    const answer = parse(read);
    if (!answer || !waiting) return;
    read = read.subarray(answer.length);
    const { resolve } = waiting;
    waiting = undefined;
    resolve(answer);
  });
  const ask = (method, path, headers = {}, body = "") => new Promise((resolve, reject) => {
    if (socket.destroyed) return reject(new Error("closed"));
    waiting = { resolve, reject };
    const lines = Object.entries({ host: "127.0.0.1", ...(body && { "content-type": "application/json", "content-length": Buffer.byteLength(body) }), ...headers });
    const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
    socket.write(typeof body === "string" ? head + body : Buffer.concat([Buffer.from(head), body]));
  });
  const ready = new Promise((resolve) => socket.once("connect", resolve).once("close", resolve));
  return { ask, ready, close: () => socket.destroy(), get closed() { return socket.destroyed; } };
}

/** A whole answer at the beginning of `bytes`, or nothing where more must come. */
function parse(bytes) {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = bytes.toString("latin1", 0, end);
  const status = Number(head.slice(9, 12));
  const length = /^content-length: *(\d+)/im.exec(head);
  if (length) {
    const until = end + 4 + Number(length[1]);
    return bytes.length < until ? undefined : { status, head, body: bytes.toString("utf8", end + 4, until), bytes: bytes.subarray(end + 4, until), length: until };
  }
  if (!/^transfer-encoding: *chunked/im.test(head)) return { status, head, body: "", length: end + 4 };
  return chunked(bytes, end + 4, status, head);
}

function chunked(bytes, from, status, head) {
  let body = "";
  for (let at = from; ;) {
    const line = bytes.indexOf("\r\n", at);
    if (line < 0) return undefined;
    const size = parseInt(bytes.toString("latin1", at, line), 16);
    const until = line + 2 + size + 2;
    if (bytes.length < until) return undefined;
    body += bytes.toString("utf8", line + 2, line + 2 + size);
    if (size === 0) return { status, head, body, length: until };
    at = until;
  }
}
