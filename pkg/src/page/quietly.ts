/** What a watcher cannot take in is nothing that the shop's own scripts should stumble over. */

/** Runs `work`; what it throws is written to the debug console. */
export function quietly(what: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    console.debug(`tactful: ${what} was not taken:`, error);
  }
}
