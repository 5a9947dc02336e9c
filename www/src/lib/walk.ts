/** Walks: lists of position fixes, played on the demo's clock. */
import type { Clock } from "./clock.js";

export interface Fix {
  /** Since the walk began. */
  seconds: number;
  /** Degrees, WGS 84. */
  latitude: number;
  longitude: number;
  /** Radius that holds the truth in 68 % of cases, metres. */
  accuracy: number;
}

export type Walk = readonly Fix[];

/** As walks are written: `[seconds, latitude, longitude, accuracy_m]`. */
export function parseWalk({ fixes }: { fixes: [number, number, number, number][] }): Walk {
  return fixes.map(([seconds, latitude, longitude, accuracy]) => ({ seconds, latitude, longitude, accuracy }));
}

export interface Place { latitude: number; longitude: number }

/** Where the phone is before it was carried anywhere: on Vuorikatu. */
export const HOME: Place = { latitude: 60.16953, longitude: 24.94752 };

/** Metres per degree of latitude. */
const DEGREE_M = 110_540;
/** 68 % radius of a round normal error in standard deviations: sqrt(-2 ln(1 - 0.68)). */
const RADIUS_68 = 1.51;
/** A phone's usual rhythm, seconds. */
const EVERY_S = 5;
/** How fast people walk, metres a second. */
const WALK_M_S = 1.3;
/** The last steps to a place, seconds. */
const WAY_S = 60;
/** Longer ways are ridden, seconds. */
const LONGEST_WAY_S = 600;

/** What a phone says of its error, metres: 68 % radius, under the open sky and under a roof. */
export interface Accuracy { outside: number; inside: number }

export function moved({ latitude, longitude }: Place, east: number, north: number): Place {
  const degree = DEGREE_M * Math.cos((latitude * Math.PI) / 180);
  return { latitude: latitude + north / DEGREE_M, longitude: longitude + east / degree };
}

/** What a phone reports that stays at `place` for `seconds`: the truth plus a normal error of the stated accuracy. */
export function stay(place: Place, accuracy: number, seconds: number): Walk {
  const error = errorAt(place);
  return steps(seconds).map((at) => ({ seconds: at, ...astray(place, accuracy, error), accuracy }));
}

/** What a phone reports on the last steps to `place`, from the south and under the open sky, and while it stays there. */
export function visit(place: Place, accuracy: Accuracy, seconds: number): Walk {
  const error = errorAt(place);
  const way = steps(WAY_S - EVERY_S).map((at) => {
    const truth = moved(place, 0, (at - WAY_S) * WALK_M_S);
    return { seconds: at, ...astray(truth, accuracy.outside, error), accuracy: accuracy.outside };
  });
  return [...way, ...stay(place, accuracy.inside, seconds).map((fix) => ({ ...fix, seconds: WAY_S + fix.seconds }))];
}


/** How long it takes from one place to the other, milliseconds; at least as long as a phone waits between two positions. */
export function wayMs(from: Place, to: Place): number {
  const east = (to.longitude - from.longitude) * Math.cos((from.latitude * Math.PI) / 180);
  const metres = Math.hypot(east, to.latitude - from.latitude) * DEGREE_M;
  return Math.min(Math.max(metres / WALK_M_S, EVERY_S), LONGEST_WAY_S) * 1_000;
}

/** Every time at which a phone reports, from 0 up to and with `until`. */
function steps(until: number): number[] {
  return Array.from({ length: Math.floor(until / EVERY_S) + 1 }, (_, step) => step * EVERY_S);
}

function astray(truth: Place, accuracy: number, error: () => number): Place {
  const sigma = accuracy / RADIUS_68;
  return moved(truth, sigma * error(), sigma * error());
}

/** The same place always errs in the same way, so that a visit can be repeated. */
function errorAt({ latitude, longitude }: Place): () => number {
  return normal(Math.round(latitude * 1e6) ^ Math.round(longitude * 1e6));
}

/** Normal deviates (Box and Muller 1958) from a small repeatable generator (mulberry32). */
function normal(seed: number): () => number {
  let state = seed | 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (((mixed ^ (mixed >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** Plays one walk at a time: each fix at its time, `speed` times as fast as life. */
export class Player extends EventTarget {
  speed = 8;
  readonly #clock: Clock;
  #walk: Walk = [];
  #next = 0;
  #began = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(clock: Clock) {
    super();
    this.#clock = clock;
  }

  /** Whether fixes are coming. */
  get playing(): boolean {
    return this.#timer !== undefined;
  }

  /** Whether there is a walk to go on with. */
  get halted(): boolean {
    return !this.playing && this.#next > 0 && this.#next < this.#walk.length;
  }

  /** From 0 to 1. */
  get progress(): number {
    return this.#walk.length > 1 ? Math.max(0, this.#next - 1) / (this.#walk.length - 1) : 0;
  }

  play(walk: Walk): void {
    this.stop();
    this.#walk = walk;
    this.#began = this.#clock.now() - (walk[0]?.seconds ?? 0) * 1_000;
    this.#step();
  }

  pause(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#changed();
  }

  /** Goes on where it was paused, however late it is by now. */
  resume(): void {
    const last = this.#walk[this.#next - 1];
    if (!last || !this.halted) return;
    this.#began = this.#clock.now() - last.seconds * 1_000;
    this.#wait(last);
  }

  stop(): void {
    this.#walk = [];
    this.#next = 0;
    this.pause();
  }

  #step(): void {
    const fix = this.#walk[this.#next];
    if (!fix) return this.stop();
    this.#next += 1;
    this.#clock.reach(this.#began + fix.seconds * 1_000);
    this.#wait(fix);
    this.dispatchEvent(new CustomEvent<Fix>("fix", { detail: fix }));
  }

  #wait(after: Fix): void {
    const next = this.#walk[this.#next];
    const seconds = next ? next.seconds - after.seconds : 0;
    this.#timer = setTimeout(() => this.#step(), (seconds * 1_000) / this.speed);
    this.#changed();
  }

  #changed(): void {
    this.dispatchEvent(new Event("changed"));
  }
}
