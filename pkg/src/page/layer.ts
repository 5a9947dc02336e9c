/** Hears what is pushed to a data layer, whoever wraps or replaces its `push`, and whoever replaces the layer itself. */
import { quietly } from "./quietly.js";

/** The data layer itself, or the window that has it as `dataLayer`, also where it is replaced by another. */
export type DataLayer = unknown[] | Window | Holder;

/** Whatever has a data layer, as the window does. */
interface Holder { dataLayer?: unknown }

type Push = (this: unknown[], ...entries: unknown[]) => number;
type Listener = (entry: unknown) => void;
type Stop = () => void;

/**
 * Tells `listen` every entry of the layer, those already in it first. Returns a function that stops.
 *
 * What `listen` throws is written to the debug console: the shop never notices. A window whose `dataLayer` was declared
 * with `var` cannot be followed to another layer; the one it has is heard all the same.
 */
export function hear(layer: DataLayer, listen: Listener): Stop {
  const each: Listener = (entry) => quietly("an entry of the data layer", () => listen(entry));
  if (!Array.isArray(layer)) return hearWindow(layer as Holder, each);
  Array.from(layer).forEach(each);
  return hearPushes(layer, each);
}

/** Entries that a layer has from the one before it are not heard again. */
function hearWindow(place: Holder, listen: Listener): Stop {
  const heard = new WeakSet<object>();
  const note: Listener = (entry) => {
    if (typeof entry === "object" && entry !== null) heard.add(entry);
    listen(entry);
  };
  let stop: Stop | undefined;
  const unfollow = follow(place, (layer) => {
    stop?.();
    layer.filter((entry) => !heard.has(entry as object)).forEach(note);
    stop = hearPushes(layer, note);
  });
  return () => {
    unfollow();
    stop?.();
  };
}

/** What several listen to, and how to let go of it when nobody does any more. */
interface Shared<L> { readonly listeners: Set<L>; readonly end: Stop }

const pushes = new WeakMap<object, Shared<Listener>>();
const layers = new WeakMap<object, Shared<(layer: unknown[]) => void>>();

function join<L>(known: WeakMap<object, Shared<L>>, owner: object, begin: (listeners: Set<L>) => Stop, listener: L): Stop {
  const found = known.get(owner);
  const listeners = found?.listeners ?? new Set<L>();
  if (!found) known.set(owner, { listeners, end: begin(listeners) });
  listeners.add(listener);
  return () => {
    if (!listeners.delete(listener) || listeners.size > 0) return;
    known.get(owner)?.end();
    known.delete(owner);
  };
}

/**
 * Makes `push` of a layer a property that hears, and that may be set: whoever replaces it later, as Google Tag Manager
 * does, is heard, too, whether they call what was there before or not.
 */
function hearPushes(layer: unknown[], listen: Listener): Stop {
  return join(pushes, layer, (listeners) => {
    // What was heard deeper within the push that runs now: a wrapper within a wrapper must not tell it twice.
    let deeper: unknown[] | undefined;
    const hearing = (push: Push): Push => function (...entries) {
      const above = deeper;
      const told: unknown[] = (deeper = []);
      try {
        return push.apply(this, entries);
      } finally {
        deeper = above;
        for (const entry of entries) {
          const at = told.indexOf(entry);
          if (at >= 0) told.splice(at, 1);
          else listeners.forEach((listen) => listen(entry));
        }
        above?.push(...entries);
      }
    };
    let [set, heard] = [layer.push as Push, hearing(layer.push)];
    return property(layer, "push", () => heard, (push) => ([set, heard] = [push as Push, hearing(push as Push)]), () => set);
  }, listen);
}

/** Calls `attach` with the layer that a window has, and with each that takes its place. */
function follow(place: Holder, attach: (layer: unknown[]) => void): Stop {
  place.dataLayer ??= [];
  const unfollow = join(layers, place, (attached) => {
    let layer = place.dataLayer;
    const replace = (next: unknown): void => {
      const another = next !== layer && Array.isArray(next);
      layer = next;
      if (another) attached.forEach((attach) => attach(next as unknown[]));
    };
    return property(place, "dataLayer", () => layer, replace, () => layer);
  }, attach);
  if (Array.isArray(place.dataLayer)) attach(place.dataLayer);
  return unfollow;
}

/** Makes a property one that is told what it is set to; returns what makes it an ordinary one again. */
function property(owner: object, name: string, get: () => unknown, set: (value: unknown) => void, last: () => unknown): Stop {
  try {
    Object.defineProperty(owner, name, { configurable: true, enumerable: true, get, set });
  } catch (error) {
    console.debug(`tactful: \`${name}\` of the data layer cannot be followed:`, error);
  }
  return () => {
    if (Object.getOwnPropertyDescriptor(owner, name)?.get !== get) return;
    delete (owner as Record<string, unknown>)[name];
    const value = last();
    if ((owner as Record<string, unknown>)[name] !== value) (owner as Record<string, unknown>)[name] = value;
  };
}
