/** The manifest of the elements says what they are: held to the classes, to what they draw, and to their styles. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { browse, bundle, serveFiles } from "./hosts.mjs";

const pkg = new URL("../", import.meta.url);
const { customElements: file, exports: entries } = JSON.parse(await readFile(new URL("package.json", pkg), "utf8"));
const manifest = JSON.parse(await readFile(new URL(file, pkg), "utf8"));
const elements = manifest.modules.filter(({ declarations }) => declarations).map(({ path, declarations: [element] }) => ({ path, ...element }));
const sorted = (names) => [...new Set(names)].sort();

test("the manifest is where tools look for it, and names every element with the module that registers it", async () => {
  assert.equal(entries["./custom-elements.json"], `./${file}`);
  assert.deepEqual(elements.map(({ tagName }) => tagName), ["tactful-card", "tactful-coupon", "tactful-voice"]);
  const defined = manifest.modules.flatMap((module) => (module.exports ?? []).filter(({ kind }) => kind === "custom-element-definition").map((one) => ({ ...one, path: module.path })));
  const tags = [];
  for (const { path, name, declaration } of defined) {
    const source = await readFile(new URL(path, pkg), "utf8");
    assert.match(source, new RegExp(`${declaration.name}\\.define\\(\\)`), path);
    const module = await import(new URL(declaration.module, pkg));
    module[declaration.name].define(undefined, { get: () => undefined, define: (tag) => tags.push(tag) });
    assert.equal(tags.at(-1), name);
  }
  assert.deepEqual(tags, elements.map(({ tagName }) => tagName));
  const registering = Object.values(entries).map((target) => target.default).filter((target) => /define\.js$/.test(target ?? ""));
  assert.deepEqual(sorted(registering), sorted(defined.map(({ path }) => `./${path}`)));
});

for (const { path, name, tagName, members, events, cssParts, cssProperties } of elements) {
  test(`<${tagName}> has the members, events, parts and properties that its manifest says`, async () => {
    const element = (await import(new URL(path, pkg)))[name];
    const life = ["constructor", "connectedCallback", "adoptedCallback", "disconnectedCallback"];
    const own = Object.entries(Object.getOwnPropertyDescriptors(element.prototype)).filter(([name]) => !life.includes(name));
    const said = members.filter((member) => !member.static);
    assert.deepEqual(sorted(said.map(({ name }) => name)), sorted(own.map(([name]) => name)));
    for (const [name, { get, set }] of own) {
      const { kind, readonly, type } = said.find((member) => member.name === name);
      assert.deepEqual([kind, Boolean(readonly)], get ? ["field", !set] : ["method", false], name);
      assert.ok(!get || type.text.length > 0, name);
    }
    for (const { name, description } of members) assert.ok(description?.length > 10, `${name} is not described`);

    const source = await readFile(new URL(path, pkg), "utf8");
    const drawn = [...source.matchAll(/make\("\w+", "([^"]+)"/g)].flatMap(([, part]) => part.split(" "));
    const parts = cssParts.map((part) => part.name);
    assert.deepEqual(drawn.filter((part) => !parts.includes(part)), [], "parts that the manifest lacks");
    for (const { name } of events) assert.match(source, new RegExp(`"${name}"|\`${name.split("-")[0]}-`), name);
    assert.ok(events.length > 0 && parts.length > 5);

    const folder = path.split("/")[1];
    const styles = await Promise.all(sorted(["card", folder]).map((one) => readFile(new URL(`dist/${one}/style.js`, pkg), "utf8")));
    const used = styles.flatMap((style) => [...style.matchAll(/var\((--tactful-[\w-]+)/g)].map(([, name]) => name));
    assert.deepEqual(sorted(cssProperties.map((property) => property.name)), sorted(used));
    for (const property of cssProperties) assert.ok(property.default, `${property.name} has nothing to fall back on`);
  });
}

test("every currency of a catalog is written with as many digits as the catalog counts", async () => {
  const { money } = await import(new URL("dist/card/parts.js", pkg));
  const source = await readFile(new URL("../src/author/check.rs", pkg), "utf8");
  const [listed] = /fn decimals[\s\S]*?\n}/.exec(source);
  const told = [...listed.matchAll(/^ +("[A-Z" |]+") => Some\((\d)\)/gm)].map(([, names, digits]) => [names.match(/[A-Z]{3}/g), Number(digits)]);
  const all = [...told, [/const TWO: &str =\s+"([A-Z ]+)"/.exec(listed)[1].split(" "), 2]];
  assert.deepEqual(all.map(([names, digits]) => [names.length, digits]), [[5, 0], [5, 3], [25, 2]]);
  for (const [names, digits] of all) {
    for (const name of names) assert.equal(Number(money(1_234_567, name, "en").replace(/[^\d.]/g, "")), 1_234_567 / 10 ** digits, name);
  }
});

test("an element that is moved into a frame, and back, keeps its style", async () => {
  const define = ["card", "coupon", "voice/form"].map((name) => `import "tactful/${name}/define";`).join("\n");
  const { url, close } = await serveFiles({
    "/page.html": `<!doctype html><html lang="en"><title>frames</title><iframe src="/frame.html"></iframe><script type="module" src="/js/page.js"></script>`,
    "/frame.html": `<!doctype html><html lang="en"><title>frame</title>`,
    "/js/page.js": await bundle(`${define}\nwindow.ready = true;`, { platform: "browser", target: "es2022" }),
  });
  const { page, close: leave } = await browse();
  try {
    const faults = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    await page.goto(`${url}/page.html`);
    await page.waitForFunction(() => window.ready);
    const styles = await page.evaluate((tags) => tags.map((tag) => {
      const element = document.createElement(tag);
      const nowhere = document.implementation.createHTMLDocument();
      return [document, document.querySelector("iframe").contentDocument, nowhere, document].map(({ body }) => {
        body.append(element);
        return element.shadowRoot.adoptedStyleSheets.map(({ cssRules }) => cssRules.length > 0).join();
      });
    }), elements.map(({ tagName }) => tagName));
    assert.deepEqual(styles, elements.map(() => ["true", "true", "", "true"]));
    assert.deepEqual(faults, []);
  } finally {
    await leave();
    await close();
  }
});
