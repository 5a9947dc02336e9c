/** The worker that is measured: publishing as it is shipped. */

/** The classes' bindings. */
export const OBJECTS = { PUBLICATION: "Publication", LIVE_HUB: "LiveHub" };

/** Variables of a worker of a shop. */
export function variables({ trust, hubs = 4, most = 256 }) {
  return { AUTHORITY: JSON.stringify(trust), HUBS: String(hubs), MOST: String(most) };
}

/** The worker's text. */
export const ENTRY = `
  import { createPublication, publicationObjects } from "tactful/publish";
  const host = (env) => ({
    trust: JSON.parse(env.AUTHORITY), publication: env.PUBLICATION, hub: env.LIVE_HUB, hubs: Number(env.HUBS), most: Number(env.MOST),
    onError: (error) => console.error(String(error?.stack ?? error)),
  });
  export const { Publication, LiveHub } = publicationObjects(host);
  let handler;
  export default { fetch: (request, env) => (handler ??= createPublication(host(env)))(request) };`;
