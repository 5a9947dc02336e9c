/** What the coupon says by itself, in the languages of the package. Words of the offer come with the coupon. */
import type { Language } from "../types.js";

/** How a coupon stands: before its time, in it, after it, or used up. */
export type CouponState = "not_yet" | "ready" | "expired" | "used";

export interface Words {
  kind: string;
  percent: (rate: string) => string;
  amount: (money: string) => string;
  minimum: (money: string) => string;
  state: Record<CouponState, string>;
  /** Shown while there is time left; `left` is such as "2 hours 5 minutes". */
  left: (left: string) => string;
  until: (when: string) => string;
  from: (when: string) => string;
  /** For the last minute, where seconds are not counted. */
  lastMinute: string;
  bright: string;
  offline: string;
  loading: string;
  /** Where the picture of the code cannot be drawn. */
  lettersOnly: string;
  /** The same, where there are no letters either. */
  notDrawn: string;
  qr: string;
  bars: string;
  letters: string;
  use: string;
  close: string;
}

export const WORDS: Record<Language, Words> = {
  en: {
    kind: "Your coupon",
    percent: (rate) => `${rate} off`,
    amount: (money) => `${money} off`,
    minimum: (money) => `from a basket of ${money}`,
    state: { not_yet: "Not valid yet", ready: "Valid", expired: "Expired", used: "Used" },
    left: (left) => `${left} left`,
    until: (when) => `until ${when}`,
    from: (when) => `from ${when}`,
    lastMinute: "less than a minute",
    bright: "Turn the brightness up and hold this to the scanner.",
    offline: "No network: the coupon works all the same.",
    loading: "Drawing the code …",
    lettersOnly: "The picture of the code could not be drawn. Read these letters to the cashier.",
    notDrawn: "The picture of the code could not be drawn. Please open the coupon again.",
    qr: "QR code for the till",
    bars: "Barcode for the till",
    letters: "Code to read aloud",
    use: "I have used it",
    close: "Close",
  },
  de: {
    kind: "Ihr Gutschein",
    percent: (rate) => `${rate} Rabatt`,
    amount: (money) => `${money} Rabatt`,
    minimum: (money) => `ab ${money} Einkauf`,
    state: { not_yet: "Gilt noch nicht", ready: "Gültig", expired: "Abgelaufen", used: "Eingelöst" },
    left: (left) => `noch ${left}`,
    until: (when) => `bis ${when}`,
    from: (when) => `ab ${when}`,
    lastMinute: "weniger als eine Minute",
    bright: "Bildschirm heller stellen und an den Scanner halten.",
    offline: "Kein Netz: Der Gutschein gilt trotzdem.",
    loading: "Der Code wird gezeichnet …",
    lettersOnly: "Das Bild des Codes lässt sich nicht zeichnen. Bitte diese Zeichen an der Kasse vorlesen.",
    notDrawn: "Das Bild des Codes lässt sich nicht zeichnen. Bitte den Gutschein noch einmal öffnen.",
    qr: "QR-Code für die Kasse",
    bars: "Strichcode für die Kasse",
    letters: "Code zum Vorlesen",
    use: "Habe ich eingelöst",
    close: "Schließen",
  },
};
