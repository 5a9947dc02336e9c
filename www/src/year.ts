/** A year of invented people with a catalog, in a worker, so that the page stays alive. */

/** What the page asks for. */
export interface Wanted { studio: string; text: string; people: number; days: number; seed: number; language: string }
/** A figure as people read it. */
export interface Tile { words: string; value: string; low: string; high: string }
/** What the page hears: how many people lived so far, then what came of it, or what is wrong. */
export type Heard =
  | { kind: "lived"; people: number }
  | { kind: "done"; json: string; report: string; tiles: Tile[]; breaches: string[] }
  | { kind: "failed"; message: string };

interface Simulated { json(): string; report(): string; tiles(language: string): Tile[]; breaches(): string[]; free(): void }
interface Studio {
  default(): Promise<unknown>;
  /** Throws an error with `issues`. */
  simulate(text: string, people: number, days: number, seed: number, lived: (people: number) => void): Simulated;
}

const say = (heard: Heard): void => postMessage(heard);

addEventListener("message", ({ data }: MessageEvent<Wanted>) => void live(data));

async function live({ studio: url, text, people, days, seed, language }: Wanted): Promise<void> {
  try {
    const studio = (await import(url)) as Studio;
    await studio.default();
    const year = studio.simulate(text, people, days, seed, (people) => say({ kind: "lived", people }));
    say({ kind: "done", json: year.json(), report: year.report(), tiles: year.tiles(language), breaches: year.breaches() });
    year.free();
  } catch (fault) {
    say({ kind: "failed", message: fault instanceof Error ? fault.message : String(fault) });
  }
}
