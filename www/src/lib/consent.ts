/**
 * What the shopper allows, told as a shop's page tells it: to the data layer, in Google's consent mode, where the engine's
 * watcher and everybody else on the page hear it.
 */

/** Tells how things stand when the page opens (`default`), or what the shopper chose (`update`). */
export function tellConsent(kind: "default" | "update", remember: boolean): void {
  gtag("consent", kind, { personalization_storage: remember ? "granted" : "denied" });
}

/** The browser objects for the shopper, whatever the page asks: Global Privacy Control. */
export function objects(): boolean {
  return (navigator as { globalPrivacyControl?: boolean }).globalPrivacyControl === true;
}

function gtag(..._: unknown[]): void {
  const page = window as { dataLayer?: unknown[] };
  // NOTE: an `Arguments` object is what tells a command from an event.
  (page.dataLayer ??= []).push(arguments);
}
