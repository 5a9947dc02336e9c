/** The form's looks: those of the card, and what only a form has. Words of others stay in their own box, whatever they are. */
import { STYLE as CARD } from "../card/style.js";

export const STYLE = `${CARD}
section { padding-bottom: 18px; container-type: inline-size; }
.intro, .hint, .meta { font-size: .88em; color: var(--muted); }
.intro { padding-inline-end: 34px; }
form { display: grid; gap: 10px; margin-top: 14px; }
fieldset { margin: 0; padding: 0; border: 0; min-inline-size: 0; }
legend, label.field { padding: 0; font-size: .92em; font-weight: 650; }
.kinds { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 6px; }
.kinds label { flex: 1 1 auto; position: relative; }
.kinds input { position: absolute; inset: 0; inline-size: 100%; block-size: 100%; margin: 0; opacity: 0; cursor: pointer; }
.kinds span { display: grid; place-items: center; min-block-size: 44px; padding: 0 10px; border: 1.5px solid var(--muted); border-radius: var(--tactful-button-radius, 14px); font-size: .92em; font-weight: 600; }
.kinds input:checked + span { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.kinds input:focus-visible + span { outline: 3px solid var(--focus); outline-offset: 2px; }
textarea {
  inline-size: 100%; min-block-size: 96px; padding: 10px 12px; border: 1.5px solid var(--muted); border-radius: var(--tactful-button-radius, 14px);
  background: var(--surface); color: inherit; font: inherit; resize: vertical;
}
textarea:focus-visible, input:focus-visible, summary:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
textarea[aria-invalid=true] { border-color: var(--wrong); }
:host { --wrong: var(--tactful-wrong, #a3201a); color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :host { --wrong: var(--tactful-wrong, #ff9d94); } }
.wrong { color: var(--wrong); font-weight: 600; }
.consent { display: flex; gap: 10px; align-items: flex-start; min-block-size: 44px; }
.consent input { flex: none; inline-size: 24px; block-size: 24px; margin: 2px 0 0; accent-color: var(--accent); }
.consent strong { display: block; font-weight: 650; color: var(--ink); }
summary { min-block-size: 44px; align-content: center; font-size: .92em; cursor: pointer; }
pre { margin: 6px 0 0; padding: 10px; border-radius: 10px; background: var(--tile); font: .84em/1.45 ui-monospace, Menlo, Consolas, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
.send { flex: none; }
h3 { margin-top: 20px; font-size: 1em; font-weight: 680; }
ul { display: grid; gap: 10px; margin-top: 8px; padding: 0; list-style: none; }
li { display: grid; gap: 4px; padding: 12px; border: 1px solid var(--line); border-radius: 14px; min-inline-size: 0; }
.said, .answer { max-block-size: 14em; overflow: auto; overflow-wrap: anywhere; white-space: pre-line; unicode-bidi: isolate; contain: content; }
.answer { padding-inline-start: 12px; border-inline-start: 3px solid var(--accent); }
.row { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: center; margin: 0; }
.badge { padding: 1px 9px; border-radius: 99px; background: var(--tile); font-size: .82em; font-weight: 650; }
.vote { flex: none; margin-inline-start: auto; }
.vote[aria-pressed=true] { background: var(--accent); color: var(--on-accent); }
[role=status] { font-weight: 600; }
[role=status]:empty { display: none; }
@media (forced-colors: active) { .kinds span, textarea, .badge { border: 1px solid ButtonText; } .kinds input:checked + span { outline: 3px solid Highlight; } }
`;
