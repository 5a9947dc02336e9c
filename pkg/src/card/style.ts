/** The card's looks: every colour and measure is a `--tactful-*` custom property with a fallback in light and dark. */
export const STYLE = `
:host {
  --surface: var(--tactful-surface, #fff);
  --ink: var(--tactful-ink, #1c2420);
  --muted: var(--tactful-muted, #59645e);
  --line: var(--tactful-line, #dfe4e0);
  --tile: var(--tactful-tile, #eef2ee);
  --accent: var(--tactful-accent, #1f5c43);
  --on-accent: var(--tactful-on-accent, #fff);
  --focus: var(--tactful-focus, var(--accent));
  display: block;
  font: var(--tactful-font, 16px/1.45 system-ui, sans-serif);
  color: var(--ink);
}
@media (prefers-color-scheme: dark) {
  :host {
    --surface: var(--tactful-surface, #1b2420);
    --ink: var(--tactful-ink, #eef3ef);
    --muted: var(--tactful-muted, #a9b5ae);
    --line: var(--tactful-line, #33403a);
    --tile: var(--tactful-tile, #27332d);
    --accent: var(--tactful-accent, #8fd0ae);
    --on-accent: var(--tactful-on-accent, #0d1f16);
  }
}
:host([hidden]), [hidden] { display: none !important; }
* { box-sizing: border-box; margin: 0; unicode-bidi: plaintext; }
section {
  position: relative;
  padding: 18px 18px 10px;
  background: var(--surface);
  border: 1px solid var(--line);
  border-radius: var(--tactful-radius, 22px);
  box-shadow: var(--tactful-shadow, 0 1px 2px #0001, 0 16px 40px -12px #0f2a1f40);
  animation: rise .42s cubic-bezier(.2, .9, .25, 1);
}
@keyframes rise { from { opacity: 0; transform: translateY(18px) scale(.985); } }
.head { display: flex; gap: 14px; align-items: flex-start; padding-inline-end: 34px; }
.picture {
  flex: none; display: grid; place-items: center; inline-size: 60px; block-size: 60px; overflow: hidden;
  border-radius: 18px; background: var(--tile); font-size: 32px; line-height: 1;
}
.picture img { inline-size: 100%; block-size: 100%; object-fit: cover; }
.kind { font-size: .72em; font-weight: 650; letter-spacing: .07em; text-transform: uppercase; color: var(--accent); }
.title { font-size: 1.16em; font-weight: 680; line-height: 1.22; letter-spacing: -.01em; text-wrap: pretty; }
.text { margin-top: 10px; color: var(--ink); overflow-wrap: anywhere; }
.savings { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline; margin-top: 10px; }
.savings strong {
  padding: 3px 10px; border-radius: 99px; background: var(--accent); color: var(--on-accent);
  border: 1px solid transparent; font-size: .9em; font-weight: 650; font-variant-numeric: tabular-nums;
}
.savings span { font-size: .88em; color: var(--muted); font-variant-numeric: tabular-nums; }
.reason { margin-top: 10px; padding-inline-start: 12px; border-inline-start: 3px solid var(--accent); font-size: .9em; color: var(--muted); }
.row { display: flex; gap: 8px; margin-top: 14px; }
.quiet { flex-wrap: wrap; gap: 0; margin: 4px 0 0; justify-content: space-around; }
button {
  flex: 1; min-block-size: 44px; padding: 0 12px; border: 1px solid transparent; border-radius: var(--tactful-button-radius, 14px);
  background: var(--tile); color: inherit; font: inherit; font-size: .94em; font-weight: 620; cursor: pointer;
  touch-action: manipulation; -webkit-tap-highlight-color: transparent;
}
button.main { background: var(--accent); color: var(--on-accent); }
.quiet button { flex: 0 1 auto; background: none; color: var(--muted); font-weight: 500; font-size: .86em; }
button:hover { filter: brightness(.96); }
.quiet button:hover { color: var(--ink); text-decoration: underline; }
button:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.close {
  position: absolute; inset-block-start: 8px; inset-inline-end: 8px; inline-size: 44px; padding: 0;
  background: none; color: var(--muted); font-size: 1.35em; font-weight: 400; line-height: 1;
}
.thanks { padding: 8px 0 14px; font-weight: 600; text-align: center; }
.aloud { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (prefers-reduced-motion: reduce) { section { animation: none; } }
@media (forced-colors: active) {
  .picture, .reason { border: 1px solid CanvasText; }
  button { border-color: ButtonText; }
}
`;
