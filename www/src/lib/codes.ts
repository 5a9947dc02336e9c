/**
 * Draws the codes of a coupon, for `<tactful-coupon>`: loaded when one is opened, and bars only where it has some.
 *
 * QR codes by `uqr`, the bars of shelves and shops by `jsbarcode`, those of GS1 by `bwip-js`, which knows its rules.
 */
import type { Codes, Modules } from "tactful/coupon";
import { encode } from "uqr";

export const draw: Codes["draw"] = async (symbology, text) => {
  // A fifth of the modules may be unreadable (level M): a thumb on the screen.
  if (symbology === "qr_code") return encode(text, { ecc: "M", boostEcc: true, border: 0 }).data;
  if (symbology === "code_128" || symbology === "ean_13") return plain(symbology === "ean_13" ? "EAN13" : "CODE128", text);
  return (await import("./gs1.js")).draw(symbology, text);
};

async function plain(format: string, text: string): Promise<Modules> {
  const { default: JsBarcode } = await import("jsbarcode");
  const drawn: { encodings?: readonly { data: string }[] } = {};
  JsBarcode(drawn, text, { format, flat: true });
  return [[...(drawn.encodings ?? []).map(({ data }) => data).join("")].map((module) => module === "1")];
}
