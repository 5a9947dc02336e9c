/**
 * The edge worker of the demo: decisions and outcomes under `/v1/`, the pack of the visitor's region at `/shop.tact`, everything
 * else from the static assets beside it.
 *
 * It serves whatever pack lies in the assets, so that shop page and edge always speak of the same catalog.
 */
import { load, type Tactful } from "tactful";
import { createHandler, createPackHandler } from "tactful/edge";
import { type CounterHost, createCounter } from "tactful/outcomes";

export { OutcomeCounter } from "tactful/outcomes";

/** As much of a binding as is called here. */
interface Fetches {
  fetch(request: Request | string): Promise<Response>;
}

interface Env {
  ASSETS: Fetches;
  /** Where the pack lies among the assets, such as `/nordkorb.tact`. */
  PACK: string;
  /** Where the index of its regions lies among the assets. */
  REGIONS: string;
  /** Secrets that seal the profile capsule, newest first, separated by spaces; a visitor is not remembered without. */
  CAPSULE_KEY?: string;
  /** Origins of pages elsewhere that may ask, separated by spaces. */
  ORIGINS?: string;
  /** Counts what devices tell with consent; nothing is counted without. */
  OUTCOMES?: CounterHost["counter"];
  /** Secret that opens the counts to the shop. */
  OUTCOMES_KEY?: string;
  /** Recorded walks for the demo's map, where the machine that serves it has some. */
  TRACES?: Fetches;
}

type Handler = (request: Request) => Promise<Response>;

/** One per isolate: its variables do not change while it lives. */
let handler: Handler | undefined;

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/v1/outcomes" && env.OUTCOMES) return createCounter({ counter: env.OUTCOMES, key: env.OUTCOMES_KEY, onError: (error) => console.error(error) })(request);
    if (pathname.startsWith("/v1/")) return (handler ??= decisions(env))(request);
    if (pathname === "/shop.tact") return createPackHandler({ index: env.REGIONS, file: (request) => env.ASSETS.fetch(request) })(request);
    if (pathname.startsWith("/traces/") && env.TRACES) return env.TRACES.fetch(request);
    return env.ASSETS.fetch(request);
  },
};

function decisions(env: Env): Handler {
  const secrets = words(env.CAPSULE_KEY);
  return createHandler({
    engine: () => engine(env),
    origins: words(env.ORIGINS),
    ...(secrets.length > 0 && { secrets }),
    onError: (error) => console.error(error),
  });
}

async function engine({ ASSETS, PACK }: Env): Promise<Tactful> {
  const response = await ASSETS.fetch(new URL(PACK, "https://assets.local").href);
  if (!response.ok) throw new Error(`the assets have no ${PACK}: put a compiled catalog there`);
  return load({ pack: await response.arrayBuffer() });
}

function words(text = ""): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
