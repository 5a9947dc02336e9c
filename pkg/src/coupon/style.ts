/** The coupon's looks: those of the card, and what only a coupon has. A code is black on white, whatever the colours. */
import { STYLE as CARD } from "../card/style.js";

export const STYLE = `${CARD}
section { padding-bottom: 18px; }
.benefit { margin-top: 12px; font-size: 1.5em; font-weight: 720; line-height: 1.15; letter-spacing: -.02em; }
.minimum { font-size: .88em; color: var(--muted); }
.validity { display: flex; flex-wrap: wrap; gap: 2px 10px; align-items: baseline; margin-top: 12px; font-size: .92em; }
.validity strong { font-weight: 680; font-variant-numeric: tabular-nums; }
.validity span { color: var(--muted); }
.sheet {
  display: grid; justify-items: center; gap: 10px; margin: 14px -8px 0; padding: 8px; border-radius: calc(var(--tactful-radius, 22px) * .7);
  background: #fff; color: #000; color-scheme: only light; forced-color-adjust: none; border: 1px solid var(--line);
}
.pictures { display: grid; justify-items: center; gap: 10px; inline-size: 100%; }
svg { display: block; inline-size: 100%; max-inline-size: 420px; block-size: auto; }
svg[part=qr] { max-inline-size: 300px; }
.note { font-size: .86em; color: #444; text-align: center; }
.code {
  display: flex; flex-wrap: wrap; justify-content: center; gap: 0 .6em; padding: 4px 6px; user-select: all; -webkit-user-select: all;
  font: 650 1.12em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; letter-spacing: .06em;
}
.hint { margin-top: 10px; font-size: .88em; color: var(--muted); text-align: center; }
.sheet.done { padding: 18px 12px; background: var(--tile); color: var(--ink); forced-color-adjust: auto; color-scheme: inherit; }
.stamp { font-size: 1.25em; font-weight: 700; }
.sheet.done .code { font-weight: 500; color: var(--muted); }
`;
