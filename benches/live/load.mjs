/** A generator of requests, what became of them, and what they cost the server. */
import { readFileSync } from "node:fs";
import { open } from "../ledger/connection.mjs";

/** When it asks for more than there is. */
export const CONNECTIONS = 256;

/** Asks over so many connections, each the next as soon as one is answered. */
export async function closed({ port, pid }, connections, seconds, mix) {
  const [times, shed] = [[], []];
  const before = processor(pid);
  const until = performance.now() + seconds * 1e3;
  const client = async (_, number) => {
    const connection = open(port);
    for (; performance.now() < until; number++) {
      const at = performance.now();
      (await isAnswered(connection, mix[number % mix.length]) ? times : shed).push(performance.now() - at);
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: connections }, client));
  const cpu = Math.round(((processor(pid) - before) / Math.max(1, times.length)) * 1e6);
  return { rate: Math.round(times.length / seconds), cpu_us: cpu, cores: Number(((cpu * times.length) / seconds / 1e6).toFixed(2)), ...percentiles(times), ...(shed.length > 0 && { shed: shed.length }) };
}

/** Asks for a path, or sends a body there: was it answered, or told to come later? */
async function isAnswered(connection, [path, body]) {
  const { status, body: said } = await connection.ask(body ? "POST" : "GET", path, {}, body);
  if (status >= 300 && status !== 503) throw new Error(`${path} answered ${status}: ${said}`);
  return status < 300;
}

/** Starts a request every so often, whatever became of those before, over connections that are free. */
export async function opened({ port, pid }, rate, seconds, mix) {
  const [times, shed, free, under] = [[], [], [], new Set()];
  for (let count = 0; count < CONNECTIONS; count += 64) {
    const some = Array.from({ length: 64 }, () => open(port));
    await Promise.all(some.map(({ ready }) => ready));
    free.push(...some);
  }
  let [cut, unsent] = [0, 0];
  const send = async (number) => {
    // In turns, since a server closes what it has not heard of for a while.
    let connection = free.shift();
    if (!connection) return void (unsent += 1);
    const at = performance.now();
    try {
      (await isAnswered(connection, mix[number % mix.length]) ? times : shed).push(performance.now() - at);
    } catch {
      cut += 1;
      connection = open(port);
    }
    free.push(connection);
  };
  const [began, before] = [performance.now(), processor(pid)];
  for (let number = 0; performance.now() - began < seconds * 1e3; ) {
    for (const due = Math.floor(((performance.now() - began) / 1e3) * rate); number < due; number++) {
      const one = send(number).finally(() => under.delete(one));
      under.add(one);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const given = times.length;
  const busy = processor(pid) - before;
  await Promise.all(under);
  for (const connection of free) connection.close();
  return { rate: Math.round(given / seconds), cpu_us: Math.round((busy / Math.max(1, given)) * 1e6), cores: Number((busy / seconds).toFixed(2)), ...percentiles(times), shed: shed.length, shed_p50: percentiles(shed).p50, shed_p99: percentiles(shed).p99, shed_in_50_ms: `${(100 * shed.filter((ms) => ms <= 50).length / Math.max(1, shed.length)).toFixed(2)} %`, cut, unsent };
}

/** The middle, all but a hundredth, and the most. */
export function percentiles(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share) => sorted.length > 0 && Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1));
  return { p50: at(0.5), p99: at(0.99), max: at(1), of: sorted.length };
}

/** Seconds of processor time that a process has had, where the system tells (Linux): it counts 100 to a second. */
function processor(pid) {
  const fields = stat(pid, "stat").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100 || 0;
}

/** Kilobytes of memory of a process, where the system tells. */
export function resident(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(stat(pid, "status"))?.[1] ?? 0);
}

function stat(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
