/** Short texts that a page keeps by name: in `localStorage`, or until it is closed where the browser keeps nothing for us. */

/** As much of a storage as is used here. */
type Texts = Pick<Storage, "getItem" | "setItem" | "removeItem">;

/** What the browser keeps: to ask for it throws where cookies are blocked, and some have none at all. */
function kept(): Texts | undefined {
  try {
    return localStorage ?? undefined;
  } catch {
    return undefined;
  }
}

function forThisVisit(): Texts {
  const texts = new Map<string, string>();
  return { getItem: (name) => texts.get(name) ?? null, setItem: (name, text) => void texts.set(name, text), removeItem: (name) => void texts.delete(name) };
}

const browser = kept();

/** Is all forgotten when the page is closed? */
export const keepsNothing = !browser;

export const storage: Texts = browser ?? forThisVisit();
