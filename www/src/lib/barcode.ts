/** Draws an EAN-13 barcode (ISO/IEC 15420) as one path. */
import { s } from "./dom.js";

/** Bars of each digit in set A, seven modules; set C is its inverse, set B that inverse mirrored. */
const A = ["0001101", "0011001", "0010011", "0111101", "0100011", "0110001", "0101111", "0111011", "0110111", "0001011"];
/** Which of the six left digits are in set B says the first digit. */
const FIRST = ["AAAAAA", "AABABB", "AABBAB", "AABBBA", "ABAABB", "ABBAAB", "ABBBAA", "ABABAB", "ABABBA", "ABBABA"];

/** The 95 modules of an EAN-13, `1` for a bar. */
export function modules(gtin: string): string {
  const [first, ...rest] = [...gtin].map(Number) as [number, ...number[]];
  const inverse = (digit: number): string => [...(A[digit] ?? "")].map((bit) => (bit === "1" ? "0" : "1")).join("");
  const mirrored = (digit: number): string => [...inverse(digit)].reverse().join("");
  const left = rest.slice(0, 6).map((digit, place) => (FIRST[first]?.[place] === "A" ? A[digit] : mirrored(digit)));
  return `101${left.join("")}01010${rest.slice(6).map(inverse).join("")}101`;
}

export function barcode(gtin: string): SVGSVGElement {
  const bars = [...modules(gtin)].map((bit, place) => (bit === "1" ? `M${place} 0v30h1V0z` : "")).join("");
  return s("svg", { class: "barcode", viewBox: "-2 0 99 30", "aria-hidden": "true", preserveAspectRatio: "none" }, s("path", { d: bars }));
}
