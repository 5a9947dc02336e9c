/**
 * What signals take in Node, as a host sees it: a position among 10,000 stores, a shop event, and a request at the edge from
 * its headers to a whole moment. Nobody asks in between, so that no answer has to be made ready.
 */
import { load } from "tactful";
import { signalsOf } from "tactful/edge";
import { beside } from "./chain.mjs";
import { median } from "./stopwatch.mjs";

const NOON = Date.UTC(2026, 8, 7, 12);
/** Signals of one sample, about a millisecond at most, and metres between two positions: somebody walks past stores. */
const ROW = 50;
const STEP_M = 4;
/** So long at least everything runs before it is timed: a busy machine compiles late. */
const WARM_MS = 1_500;
const ADDRESS = "https://edge.example/v1/decide?placement=home&url=https%3A%2F%2Fshop.example%2F01%2F02000042000325";
const HEADERS = { "accept-language": "de-DE,de;q=0.9", "sec-gpc": "0", "cf-connecting-ip": "198.51.100.5" };

/** Microseconds of one of each: medians of the samples of so many milliseconds. `stores` is the chain that the pack is of. */
export async function observing(pack, { stores }, clock, duration) {
  const engine = await load({ pack, seed: 1, now: NOON });
  let now = NOON;
  return {
    positionUs: timed(() => positions(stores, (now += 3_600_000)), (signals) => tell(engine, signals), clock, duration),
    eventUs: timed(() => events((now += 3_600_000)), (signals) => tell(engine, signals), clock, duration),
    requestUs: timed(() => requests(), (requests) => requests.forEach((request) => understand(engine, request, now)), clock, duration),
  };
}

/** Runs `work` over rows that are made before the clock runs; microseconds for each of a row. */
export function timed(make, work, clock, duration) {
  const sample = () => {
    const row = make();
    const start = clock();
    work(row);
    return (1_000 * (clock() - start)) / row.length;
  };
  const samples = (duration) => {
    const [start, found] = [clock(), []];
    while (found.length < 3 || clock() - start < duration) found.push(sample());
    return found;
  };
  samples(Math.max(duration / 2, WARM_MS));
  return median(samples(duration));
}

function tell(engine, signals) {
  for (const signal of signals) engine.observe(signal);
}

/** A walk from one store in a town on; each begins at another. */
function positions(stores, at) {
  const [[lon, lat]] = stores[(at / 3_600_000) % stores.length].geometry.coordinates[0];
  return Array.from({ length: ROW }, (_, nth) => {
    const [latitude, longitude] = beside(lat, lon, STEP_M * (nth - ROW / 2), STEP_M * Math.sin(nth / 20));
    return { type: "position", at: at + 3_000 * nth, latitude, longitude, accuracy: 8 + (nth % 9) };
  });
}

function events(at) {
  const items = (nth) => [{ item_id: `nk-00${10 + (nth % 40)}`, item_category: "coffee", price: 3.49, quantity: 1 }];
  return Array.from({ length: ROW }, (_, nth) => {
    const type = ["view_item", "add_to_cart", "view_item", "remove_from_cart"][nth % 4];
    return { type, at: at + 5_000 * nth, currency: "EUR", items: items(nth) };
  });
}

function requests() {
  const cf = { country: "DE", latitude: "52.52", longitude: "13.405" };
  return Array.from({ length: ROW }, () => Object.defineProperty(new Request(ADDRESS, { headers: HEADERS }), "cf", { value: cf }));
}

/** Another visitor, all that their request tells, and what it means. */
function understand(engine, request, now) {
  const shopper = engine.fork({ seed: 1, now });
  for (const signal of signalsOf(request, now)) shopper.observe(signal);
  if (shopper.moment(now).presence.tier === "position") throw new Error("a request told a position");
  shopper.free();
}
