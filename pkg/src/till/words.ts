/** What a cashier reads aloud, in German and English; the same sentences as the Rust library's. */
import type { Reason } from "./verify.js";

const WORDS: Record<Reason, readonly [german: string, english: string]> = {
  damaged: ["Der Code ist unvollständig. Bitte noch einmal zeigen.", "The code is incomplete. Please show it again."],
  newer: ["Diesen Gutschein kennt unsere Kasse noch nicht.", "Our till does not know this kind of coupon yet."],
  environment: ["Das ist ein Testgutschein. Er gilt hier nicht.", "This is a test coupon. It does not count here."],
  unknown_key: ["Diesen Gutschein kann unsere Kasse nicht prüfen.", "Our till cannot check this coupon."],
  revoked_key: ["Dieser Gutschein wurde zurückgezogen.", "This coupon has been withdrawn."],
  old_keys: ["Unsere Kasse war zu lange ohne Verbindung und kann gerade nicht prüfen.", "Our till has been offline for too long and cannot check right now."],
  forged: ["Dieser Gutschein ist nicht echt.", "This coupon is not genuine."],
  key_time: ["Dieser Gutschein wurde zurückgezogen.", "This coupon has been withdrawn."],
  clock: ["Die Uhr unserer Kasse geht falsch. Wir können gerade nicht prüfen.", "Our till's clock is wrong. We cannot check right now."],
  not_yet: ["Dieser Gutschein gilt noch nicht.", "This coupon is not valid yet."],
  expired: ["Dieser Gutschein ist abgelaufen.", "This coupon has expired."],
  other_shop: ["Dieser Gutschein ist von einem anderen Händler.", "This coupon is from another shop."],
  other_store: ["Dieser Gutschein gilt in einer anderen Filiale.", "This coupon is for another store."],
  unknown_campaign: ["Diese Aktion kennt unsere Kasse nicht.", "Our till does not know this offer."],
  paused: ["Diese Aktion ist beendet.", "This offer has ended."],
  online_only: ["Ohne Verbindung können wir diesen Gutschein nicht annehmen.", "We cannot take this coupon while we are offline."],
  offline_limit: ["Ohne Verbindung können wir heute keinen weiteren annehmen.", "We cannot take another one today while we are offline."],
  no_device: ["Bitte den Gutschein in der App zeigen, ein Bild genügt nicht.", "Please show the coupon in the app; a picture is not enough."],
  old_proof: ["Der Code ist veraltet. Bitte neu öffnen und noch einmal zeigen.", "The code is out of date. Please open it again and show it."],
  other_device: ["Dieser Gutschein gehört zu einem anderen Telefon.", "This coupon belongs to another phone."],
  spent: ["Dieser Gutschein wurde schon eingelöst.", "This coupon has already been used."],
  reserved: ["Dieser Gutschein ist gerade für einen anderen Einkauf vorgemerkt.", "This coupon is being held for another purchase right now."],
  too_many_codes: ["Hier waren zu viele Codes falsch. Bitte kurz warten oder den Gutschein scannen lassen.", "Too many codes were wrong here. Please wait a moment, or let us scan the coupon."],
  unknown: ["Diesen Gutschein gibt es nicht, oder er wurde schon eingelöst.", "There is no such coupon, or it has already been used."],
};

/** One sentence: German for `de`, else English. */
export function sentence(reason: Reason, language: string): string {
  return WORDS[reason][language.startsWith("de") ? 0 : 1];
}
