/**
 * `tactful/regions`: a page loads the pack of the region that the shopper is in, and the next one when they come there.
 *
 * `tactful compile --regions` writes the packs and their index, `regions.json`, as plain files. Who serves them sees which
 * one is asked for, and no more of where the shopper is.
 */
import { must, refuse } from "./errors.js";
import { fetched } from "./fetch.js";
import { quietly } from "./page/quietly.js";
import type { Place, PositionSignal, Region, RegionIndex, RegionPack, Signal, Tactful } from "./types.js";

/** Where the packs are. */
export interface RegionOptions {
  /** Address of `regions.json`; the packs lie beside it. */
  index: URL | string;
  /** Address where the edge answers with the pack of the region that a request comes from: `createPackHandler` of `tactful/edge`. */
  here?: URL | string;
  /**
   * Where the middle of the last region is kept for the next visit, such as `localStorage`. It is a place where the shopper
   * was: give it only where they allow that to be kept.
   */
  storage?: Pick<Storage, "getItem" | "setItem" | "removeItem">;
}

/** The packs of a chain, one at a time. */
export interface Regions {
  /** The pack to begin with, before any position is known: what the edge chooses, else the last region's, else the one without stores. */
  first(): Promise<ArrayBuffer>;
  /** Goes on with the pack of the region that a place is in; resolves to whether that is another one than before. */
  go(tact: Pick<Tactful, "update">, place: Place): Promise<boolean>;
  /** The engine for whoever tells positions, such as `askPosition`: one in another region is told when its pack is there. */
  follow(tact: Engine): Pick<Tactful, "locate" | "observe">;
  /** Forgets the last region, where it was kept. */
  forget(): void;
}

type Engine = Pick<Tactful, "locate" | "observe" | "update">;

const KEY = "tactful-region";
/** The first four bytes of every pack: `TACT`. */
const PACK = 0x54414354;
/** Who cannot get a pack tries again after this time, milliseconds. */
const REST_MS = 30_000;
/** Positions that wait for a pack, at most; the oldest go first. */
const WAITING = 60;

/** Metres of one degree of latitude, as the core has it. */
const DEGREE_M = 111_319.49;

/**
 * The pack for a place. Whoever walks out of a region, which `before` names by its file, keeps it for half of the overlap, so
 * that nobody on a border changes to and fro.
 */
export function regionFor(index: RegionIndex, place?: Place, before?: string): RegionPack {
  must([index, "index", "what `regions.json` says", "regions", "elsewhere"]);
  const { regions, elsewhere, overlap_m } = index;
  const known = regions.find(({ file }) => file === before);
  if (!place) return known ?? elsewhere;
  if (known && holds(known, place, overlap_m / 2)) return known;
  return regions.find((region) => holds(region, place, 0)) ?? elsewhere;
}

/** Is a place in a region, or no farther from it than so many metres? The first latitude and longitude belong to it, the last do not. */
function holds({ south, west, north, east }: Region, { latitude, longitude }: Place, metres: number): boolean {
  const up = metres / DEGREE_M;
  const aside = up / Math.max(Math.cos((latitude * Math.PI) / 180), 1e-6);
  return latitude >= south - up && latitude < north + up && longitude >= west - aside && longitude < east + aside;
}

/** Looks after the packs of a chain. Fetches nothing yet. */
export function openRegions(options: RegionOptions): Regions {
  must([options, "options", "`{ index }`", "index"]);
  const { index, here, storage } = options;
  let listed: Promise<RegionIndex> | undefined;
  let list: RegionIndex | undefined;
  /** The file of the pack that was handed out last. */
  let current: string | undefined;

  const read = (): Promise<RegionIndex> => {
    listed ??= fetched(index).then(async (response) => (list = (await response.json()) as RegionIndex));
    listed.catch(() => (listed = undefined));
    return listed;
  };
  const pack = async ({ file, digest }: RegionPack): Promise<ArrayBuffer> => {
    const response = await fetched(new URL(file, new URL(index, globalThis.location?.href)), { integrity: digest });
    return response.arrayBuffer();
  };
  const first = async (): Promise<ArrayBuffer> => {
    if (here !== undefined) {
      try {
        const response = await fetched(here);
        const bytes = await response.arrayBuffer();
        // A sign-in to the network answers as well. Of less than four bytes a view throws, too.
        if (new DataView(bytes).getUint32(0) !== PACK) throw refuse("not-fetched", "", `${here} answered what is no pack`);
        current = response.headers.get("content-location")?.split("/").at(-1);
        return bytes;
      } catch (error) {
        untaken(error);
      }
    }
    const region = regionFor(await read(), kept(storage));
    const bytes = await pack(region);
    current = region.file;
    return bytes;
  };
  const go = async (tact: Pick<Tactful, "update">, place: Place): Promise<boolean> => {
    const region = regionFor(await read(), place, current);
    const isAnother = region.file !== current;
    if (isAnother) tact.update(await pack(region));
    current = region.file;
    // Also where the edge had chosen it: now it is known.
    keep(storage, region);
    return isAnother;
  };

  const follow = (tact: Engine): Pick<Tactful, "locate" | "observe"> => {
    const waiting: PositionSignal[] = [];
    let [going, restsUntil] = [false, 0];
    const change = async (place: Place): Promise<void> => {
      going = true;
      await go(tact, place).catch((error: unknown) => {
        restsUntil = Date.now() + REST_MS;
        untaken(error);
      });
      going = false;
      quietly("positions in another region", () => void tact.observe(waiting.splice(0)));
    };
    return {
      locate: (placement, now) => tact.locate(placement, now),
      observe(signals) {
        const all = [signals].flat();
        const positions = all.filter(isPosition);
        const place = positions.at(-1);
        const fits = (list && regionFor(list, place, current).file === current) || Date.now() < restsUntil;
        if (!place || (fits && !going)) return tact.observe(signals);
        const notices = tact.observe(all.filter((signal) => !isPosition(signal)));
        waiting.push(...positions);
        waiting.splice(0, waiting.length - WAITING);
        if (!going) void change(place);
        return notices;
      },
    };
  };
  return { first, go, follow, forget: () => quietly("to forget the last region", () => storage?.removeItem(KEY)) };
}

function untaken(error: unknown): void {
  console.debug("tactful: the pack of a region was not taken:", error);
}

function isPosition(signal: Signal): signal is PositionSignal {
  return signal.type === "position";
}

/** The middle of the last region. Where none was kept, or what was kept is none, there is none. */
function kept(storage: RegionOptions["storage"]): Place | undefined {
  try {
    const place = JSON.parse(storage?.getItem(KEY) ?? "null") as Partial<Place> | null;
    return typeof place?.latitude === "number" && typeof place.longitude === "number" ? (place as Place) : undefined;
  } catch {
    return undefined;
  }
}

function keep(storage: RegionOptions["storage"], region: RegionPack | Region): void {
  quietly("the last region", () => {
    if (!("south" in region)) return storage?.removeItem(KEY);
    const [latitude, longitude] = [(region.south + region.north) / 2, (region.west + region.east) / 2];
    storage?.setItem(KEY, JSON.stringify({ latitude, longitude }));
  });
}
