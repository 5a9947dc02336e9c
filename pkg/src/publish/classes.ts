/** The classes of the Durable Objects, made for one shop. */
import { Hub, type HubState } from "./hub.js";
import type { PublicationHost } from "./objects.js";
import { Publisher } from "./publication.js";
import type { Storage } from "./store.js";

/** The two classes, to be exported by the worker under these names. */
export interface PublicationClasses<Env> {
  Publication: new (state: { storage: Storage }, env: Env) => { fetch(request: Request): Promise<Response>; alarm(): Promise<void> };
  LiveHub: new (state: HubState, env: Env) => { fetch(request: Request): Promise<Response> };
}

/** Makes the classes of a shop; `host` tells what its objects need, from the worker's variables and bindings. */
export function publicationObjects<Env>(host: (env: Env) => PublicationHost): PublicationClasses<Env> {
  return {
    Publication: class {
      readonly #publisher: Publisher;

      constructor({ storage }: { storage: Storage }, env: Env) {
        this.#publisher = new Publisher(storage, host(env));
      }

      fetch(request: Request): Promise<Response> {
        return this.#publisher.fetch(request);
      }

      alarm(): Promise<void> {
        return this.#publisher.alarm();
      }
    },
    LiveHub: class {
      readonly #hub: Hub;

      constructor(state: HubState, env: Env) {
        this.#hub = new Hub(state, host(env));
      }

      fetch(request: Request): Promise<Response> {
        return this.#hub.fetch(request);
      }

      webSocketMessage(): void {}

      webSocketClose(socket: { close(code?: number): void }): void {
        this.#hub.gone(socket as never);
      }
    },
  };
}
