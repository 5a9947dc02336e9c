/**
 * The manifest of the package's elements (custom-elements-manifest 1.0.0), which editors and Storybook read, from what the
 * compiler wrote: the declarations with their comments, and the styles for what custom properties are where nobody sets them.
 */
import { readFileSync } from "node:fs";

const ELEMENTS = [
  { tag: "tactful-card", name: "TactfulCard", file: "card/card" },
  { tag: "tactful-coupon", name: "TactfulCoupon", file: "coupon/coupon" },
  { tag: "tactful-voice", name: "TactfulVoice", file: "voice/form" },
];
/** What the browser calls, and nobody else. */
const LIFE = /^(constructor|connectedCallback|adoptedCallback|disconnectedCallback)$/;

const dist = (file) => readFileSync(new URL(`dist/${file}`, import.meta.url), "utf8");
const names = (text) => [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name);

/** The manifest as an object. */
export function manifest() {
  const card = propertiesOf(read(ELEMENTS[0]).comment, []);
  return { schemaVersion: "1.0.0", readme: "README.md", modules: ELEMENTS.flatMap((element) => modulesOf(element, card)) };
}

/** The module of an element, and the one that registers it. */
function modulesOf(element, card) {
  const { tag, name, file } = element;
  const { comment, body, text } = read(element);
  const path = `dist/${file}.js`;
  const [description, rest = ""] = comment.split("Parts: ");
  const parts = names(rest.split("Custom properties")[0]);
  const declaration = {
    kind: "class", name, tagName: tag, customElement: true, description: description.trim(),
    members: membersOf(body),
    events: eventsOf(text, name),
    cssParts: [...new Set(parts)].map((part) => ({ name: part })),
    cssProperties: propertiesOf(comment, card),
  };
  const registers = { kind: "custom-element-definition", name: tag, declaration: { name, module: path } };
  return [
    { kind: "javascript-module", path, declarations: [declaration], exports: [{ kind: "js", name, declaration: { name, module: path } }] },
    { kind: "javascript-module", path: `${path.slice(0, path.lastIndexOf("/"))}/define.js`, exports: [registers] },
  ];
}

/** The comment and the body of an element's class, and all that is declared beside it. */
function read({ name, file }) {
  const text = dist(`${file}.d.ts`);
  const [, comment, body] = new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s*export declare class ${name} [^{]*\\{\\n([^]*?)\\n\\}`).exec(text);
  return { comment: plain(comment), body, text };
}

function membersOf(body) {
  const members = new Map();
  const declared = /(?:\/\*\*((?:(?!\*\/)[^])*)\*\/\s*)?^ {4}(static )?(?:(get|set) )?(\w+)\(([^]*?)\)(?:: ([^]*?))?;$(?=\n {4}[\w/]|(?![^]))/gm;
  for (const [, comment = "", isStatic, accessor, name, parameters, type = "void"] of body.matchAll(declared)) {
    if (LIFE.test(name)) continue;
    const before = members.get(name);
    if (accessor === "set") {
      if (before) delete before.readonly;
      continue;
    }
    const kind = accessor ? { kind: "field", type: { text: type.replaceAll(/\s+/g, " ") }, readonly: true } : { kind: "method", parameters: parametersOf(parameters), return: { type: { text: type } } };
    members.set(name, { name, ...kind, ...(isStatic && { static: true }), ...(comment && { description: plain(comment) }) });
  }
  return [...members.values()];
}

function parametersOf(text) {
  return text.split(", ").filter(Boolean).map((one) => {
    const [, name, optional, type] = /^(\w+)(\??): (.+)$/.exec(one);
    return { name, type: { text: type }, ...(optional && { optional: true }) };
  });
}

/** The events of an element's map, each with the comment of what it tells. */
function eventsOf(text, name) {
  const [, map] = new RegExp(`export interface ${name}EventMap \\{([^]*?)\\n\\}`).exec(text);
  return [...map.matchAll(/"([\w-]+)": (CustomEvent<(\w+)>)/g)].map(([, event, type, detail]) => {
    const comment = new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\s*export interface ${detail} `).exec(text)?.[1];
    return { name: event, type: { text: type }, ...(comment && { description: plain(comment) }) };
  });
}

/** The custom properties that a comment names, short as `-ink` or as those of the card, with what they are by themselves. */
function propertiesOf(comment, card) {
  const [, said = ""] = comment.split("Custom properties");
  const own = names(said).map((name) => (name.startsWith("--") ? name : `--tactful${name}`));
  const styles = ["card", "coupon", "voice"].map((folder) => dist(`${folder}/style.js`)).join("\n");
  const usual = (name) => new RegExp(`var\\(${name}, ((?:[^()]|\\([^()]*\\))*)\\)`).exec(styles)?.[1];
  return [...(said.includes("those of the card") ? card : []), ...own.map((name) => ({ name, default: usual(name) }))];
}

/** A comment as one paragraph. */
function plain(comment) {
  return comment.replaceAll(/^\s*\* ?/gm, "").replaceAll(/\s+/g, " ").trim();
}
