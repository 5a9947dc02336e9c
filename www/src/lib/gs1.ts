/** Bars of GS1, with its rules for what stands in them: `(255)…` for a coupon's number (GCN), `(8110)…` for one of North America. */
import { databarexpandedstacked, databaromni, gs1_128 } from "bwip-js/browser";
import type { Bars, Modules } from "tactful/coupon";

const ENCODERS = { gs1_128, databar: databaromni, databar_expanded: databarexpandedstacked } satisfies Partial<Record<Bars, unknown>>;

/** A pixel a module; the height of a single row is of no account. */
export function draw(symbology: Bars, text: string): Modules {
  const encoder = ENCODERS[symbology as keyof typeof ENCODERS];
  const canvas = document.createElement("canvas");
  encoder(canvas, { bcid: symbology, text, scaleX: 1, scaleY: 1 });
  const { width, height } = canvas;
  const { data } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, width, height);
  const isDark = (x: number, y: number): boolean => (data[4 * (y * width + x) + 3] ?? 0) > 127 && (data[4 * (y * width + x)] ?? 255) < 128;
  const rows = Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => isDark(x, y)));
  const [first] = rows;
  return symbology === "databar_expanded" || !first ? rows : [first];
}
