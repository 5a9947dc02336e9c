/** Opening IndexedDB, which a browser may refuse or not answer: then nothing is kept. */

/** A browser that does not answer for so long, milliseconds, keeps nothing. */
const OPEN_MS = 1_000;

/** The database of this name, whose stores `make` makes, or nothing where this browser has none for us; one that comes too late is let go of. */
export function openDatabase(name: string, make: (database: IDBDatabase) => void): Promise<IDBDatabase | undefined> {
  return new Promise((resolve) => {
    let isLate = false;
    const none = (): void => {
      isLate = true;
      resolve(undefined);
    };
    const late = setTimeout(none, OPEN_MS);
    try {
      const request = indexedDB.open(name, 1);
      request.onupgradeneeded = () => make(request.result);
      request.onerror = none;
      request.onsuccess = () => {
        clearTimeout(late);
        // Nobody uses it any more, and nobody else shall wait for it.
        if (isLate) request.result.close();
        else resolve(request.result);
      };
    } catch {
      none();
    }
  });
}
