/** Codes as SVG: black on white with their quiet zone, also in the dark. */

/** Bars that a till without a camera reads, by their names in the Barcode Detection API. */
export type Bars = "code_128" | "gs1_128" | "ean_13" | "databar" | "databar_expanded";

/** Modules of a code, row by row, true is dark, without a quiet zone. Bars are one row; those that are stacked have several. */
export type Modules = readonly (readonly boolean[])[];

/** What draws codes: loaded when a coupon is opened, and not before. */
export interface Codes {
  draw(symbology: "qr_code" | Bars, text: string): Modules | Promise<Modules>;
}

/** Modules around a QR code (ISO/IEC 18004, 9.1), and left and right of bars: the most that any of them asks for (EAN-13, GS1 5.2.3). */
const QUIET = { qr: 4, bars: 11 };
/** How high bars are, of their width. */
const BAR_HEIGHT = 0.22;
const SVG = "http://www.w3.org/2000/svg";

/** A code as a picture with a name for those who do not see it. */
export function svgOf(modules: Modules, name: string, isQr: boolean): SVGSVGElement {
  const columns = modules[0]?.length ?? 0;
  const [across, above] = isQr ? [QUIET.qr, QUIET.qr] : [QUIET.bars, 2];
  const row = isQr ? 1 : Math.max(1, Math.round((columns * BAR_HEIGHT) / modules.length));
  const [width, height] = [columns + 2 * across, modules.length * row + 2 * above];
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": name, part: isQr ? "qr" : "bars", "shape-rendering": "crispEdges" });
  const path = modules.map((line, y) => runs(line).map(([x, length]) => `M${across + x} ${above + y * row}h${length}v${row}h${-length}z`).join("")).join("");
  picture.append(svg("rect", { width: String(width), height: String(height), fill: "#fff" }), svg("path", { d: path, fill: "#000" }));
  return picture;
}

/** Makes each module a whole number of the screen's points wide, where there is room: thin bars would be lost otherwise. */
export function fit(picture: SVGSVGElement, room: number): void {
  const points = (room * devicePixelRatio) / picture.viewBox.baseVal.width;
  picture.style.inlineSize = points >= 1 ? `${(Math.floor(points) * picture.viewBox.baseVal.width) / devicePixelRatio}px` : "";
}

/** Where each run of dark modules begins, and how long it is. */
function runs(line: readonly boolean[]): [number, number][] {
  const found: [number, number][] = [];
  line.forEach((dark, x) => {
    if (!dark) return;
    const last = found.at(-1);
    if (last && last[0] + last[1] === x) last[1] += 1;
    else found.push([x, 1]);
  });
  return found;
}

function svg<Tag extends keyof SVGElementTagNameMap>(tag: Tag, attributes: Record<string, string>): SVGElementTagNameMap[Tag] {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
