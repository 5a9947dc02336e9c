/** Line icons on a 24 by 24 grid, drawn for this shop. */
import { s } from "./dom.js";

const PATHS = {
  shop: "M4 10v9.2c0 .4.4.8.8.8h14.4c.4 0 .8-.4.8-.8V10M3 8.5 5 4h14l2 4.5c0 1.6-1.3 2.7-3 2.7s-3-1.1-3-2.7c0 1.6-1.3 2.7-3 2.7S9 10.1 9 8.5c0 1.6-1.3 2.7-3 2.7S3 10.1 3 8.5ZM9.5 20v-5h5v5",
  basket: "M4 10h16l-1.5 8.6c-.1.8-.8 1.4-1.6 1.4H7.1c-.8 0-1.5-.6-1.6-1.4L4 10ZM8 10l3-6M16 10l-3-6M9.5 13.5v3M14.5 13.5v3",
  map: "M12 21s7-6.1 7-11.5A7 7 0 0 0 5 9.5C5 14.9 12 21 12 21ZM12 12.2a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4Z",
  scan: "M4 8V5.5C4 4.7 4.7 4 5.5 4H8M16 4h2.5c.8 0 1.5.7 1.5 1.5V8M20 16v2.5c0 .8-.7 1.5-1.5 1.5H16M8 20H5.5c-.8 0-1.5-.7-1.5-1.5V16M8 8.5v7M11 8.5v7M13.5 8.5v7M16 8.5v7",
  me: "M12 11.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5c.7-3.7 3.7-6 7.5-6s6.8 2.3 7.5 6",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM16.2 16.2 20.5 20.5",
  back: "M14.5 5.5 8 12l6.5 6.5",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  play: "M8 5.5v13l10.5-6.5L8 5.5Z",
  pause: "M8.5 5.5v13M15.5 5.5v13",
  stop: "M6.5 6.5h11v11h-11z",
  close: "M6 6l12 12M18 6 6 18",
  city: "M4 4h6M4 4v6M20 4h-6M20 4v6M4 20h6M4 20v-6M20 20h-6M20 20v-6",
  leaf: "M5 19C4 10 9.5 4.5 20 4c.5 10-5 15.5-13 13M5 20c1-4 4-8 9-10.5",
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): SVGSVGElement {
  return s("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: PATHS[name] }));
}
