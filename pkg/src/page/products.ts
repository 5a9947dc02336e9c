/** Reads the structured data of a page (schema.org in JSON-LD): which product it is about, and which it lists. */
import { must } from "../errors.js";
import { isObject } from "../form.js";
import type { Item } from "../types.js";
import { readPrice } from "./price.js";
import type { PageEvent } from "./told.js";

type Fields = Readonly<Record<string, unknown>>;

/** As much of a document as is read. */
export interface PageDocument {
  querySelectorAll(selector: string): Iterable<{ readonly textContent: string | null }>;
  readonly location?: { readonly href: string } | null;
}

/** Where a page has its structured data. */
export const SCRIPTS = 'script[type="application/ld+json" i]';

/** What is read of one page at most, so that no page can keep the shopper's device busy. */
const MOST_SCRIPTS = 30;
const LONGEST = 300_000;
const MOST_ITEMS = 200;
const DEEPEST = 8;

const PRODUCTS = ["Product", "ProductGroup", "ProductModel", "IndividualProduct", "SomeProducts"];
/** The names of a product's id, the shop's own first. */
const IDS = ["sku", "productID", "gtin", "gtin13", "gtin14", "gtin12", "gtin8", "isbn", "productGroupID", "mpn"];

/**
 * Returns what a page says of itself: a `view_item` where it is about one product, a `view_item_list` where it lists some.
 *
 * Read are `Product`, `ProductGroup` (the variant whose address is the page's, or the group), `ItemList`, several products
 * side by side, their `Offer`s, and the last step before the product in a `BreadcrumbList` as its category; in lists, in
 * `@graph` and as `mainEntity`. Related products are not the page's. Comments around the JSON and line breaks in its texts
 * are overlooked; what still is no JSON is written to the debug console. Nothing is executed or fetched.
 */
export function readPage(document: PageDocument): PageEvent[] {
  must([document, "document", "a document", "querySelectorAll"]);
  const roots = scripts(document).flatMap((text) => nodes(parsed(text), 0));
  const crumb = category(roots);
  const products = unique(roots.filter(isProduct));
  const list = roots.find((node) => is(node, "ItemList"));
  const listed = list ? entries(list.itemListElement) : products.length > 1 ? products : [];
  const place = document.location?.href ?? "";
  const [viewed] = products.length === 1 ? products : [];
  return [
    ...(viewed ? event("view_item", [variant(viewed, place)], crumb) : []),
    ...event("view_item_list", listed.map((product) => variant(product, place)), crumb),
  ];
}

/** An event about these products, where any of them has an id or a name. */
function event(type: PageEvent["type"], products: Fields[], crumb: string | undefined): PageEvent[] {
  const read = products.slice(0, MOST_ITEMS).map((product) => item(product, crumb)).filter(([{ item_id, item_name }]) => item_id ?? item_name);
  const [currency, ...others] = new Set(read.map(([, currency]) => currency));
  if (read.length === 0) return [];
  return [{ type, ...(currency && others.length === 0 && { currency }), items: read.map(([item]) => item) }];
}

// Where the nodes are

function scripts(document: PageDocument): string[] {
  const texts = Array.from(document.querySelectorAll(SCRIPTS), ({ textContent }) => textContent ?? "");
  return texts.slice(0, MOST_SCRIPTS).filter((text) => text.length <= LONGEST);
}

/** Comments and CDATA are sometimes put around it, for parsers of another time. */
function parsed(text: string): unknown {
  const bare = text.replace("<![CDATA[", "").replace(/\]\]>[^\]}]*$/, "");
  const json = bare.slice(Math.max(0, bare.search(/[[{]/)), 1 + Math.max(bare.lastIndexOf("]"), bare.lastIndexOf("}")));
  try {
    return JSON.parse(json);
  } catch {
    return mended(json);
  }
}

/** The two faults that are seen most: line breaks within texts, and a comma behind the last. */
function mended(json: string): unknown {
  try {
    return JSON.parse(json.replace(/[\u0000-\u001f]+/g, " ").replace(/,\s*(?=[}\]])/g, ""));
  } catch (error) {
    console.debug("tactful: structured data of the page is no JSON:", error);
    return undefined;
  }
}

/** The things that a page is about: not what is somewhere within them. */
function nodes(value: unknown, depth: number): Fields[] {
  if (depth > DEEPEST) return [];
  if (Array.isArray(value)) return value.flatMap((entry) => nodes(entry, depth + 1));
  if (!isObject(value)) return [];
  const node = value as Fields;
  return [node, ...nodes(node["@graph"], depth + 1), ...nodes(node.mainEntity, depth + 1), ...nodes(node.breadcrumb, depth + 1)];
}

/** The same product in two scripts, or once whole and once by its `@id`, is one. */
function unique(products: Fields[]): Fields[] {
  const known = new Map<unknown, Fields>();
  for (const product of products) {
    const key = id(product) ?? product["@id"] ?? one(product.name) ?? product;
    known.set(key, { ...known.get(key), ...product });
  }
  return [...known.values()];
}

function is(node: Fields, ...types: string[]): boolean {
  return list(node["@type"]).some((type) => types.includes(String(type).replace(/^(?:https?:\/\/schema\.org\/|schema:)/, "")));
}

function isProduct(node: Fields): boolean {
  return is(node, ...PRODUCTS) && (node.name !== undefined || id(node) !== undefined);
}

/** The products of a list: `ListItem`s with an `item`, or the products themselves. */
function entries(elements: unknown): Fields[] {
  return list(elements).filter(isObject).map((element) => {
    const entry = element as Fields;
    return isObject(entry.item) ? (entry.item as Fields) : entry;
  }).filter(isProduct);
}

/** Of a group the variant that the page shows: the only one, or the one at the page's address; else the group. */
function variant(product: Fields, place: string): Fields {
  const variants = list(product.hasVariant).filter(isObject) as Fields[];
  const here = variants.find((one) => place !== "" && addresses(one).some((address) => address === place));
  const [only, ...others] = variants;
  const shown = here ?? (others.length === 0 ? only : undefined);
  return shown ? { category: product.category, name: product.name, ...shown } : product;
}

function addresses(product: Fields): unknown[] {
  return [product.url, product["@id"], ...offers(product).map(({ url }) => url)];
}

/** The step before the last of the way to the page, or the last where that is its only one. */
function category(roots: Fields[]): string | undefined {
  const way = roots.find((node) => is(node, "BreadcrumbList"));
  const product = roots.some(isProduct);
  const steps = list(way?.itemListElement).filter(isObject).map((step) => step as Fields);
  steps.sort((a, b) => Number(a.position) - Number(b.position));
  const names = steps.map((step) => one(step.name) ?? one((isObject(step.item) ? (step.item as Fields) : {}).name));
  return names.at(product && names.length > 1 ? -2 : -1);
}

// What is read of a product

/** A product as an item, with the currency of its price. */
function item(product: Fields, crumb: string | undefined): [Item, string | undefined] {
  const price = offers(product).flatMap(prices).find(({ amount }) => amount !== undefined);
  const [itemId, itemName] = [id(product), one(product.name)];
  const itemCategory = one(product.category)?.split(/[>/]/).at(-1)?.trim() || crumb;
  const read: Item = {
    ...(itemId !== undefined && { item_id: itemId }),
    ...(itemName !== undefined && { item_name: itemName }),
    ...(itemCategory !== undefined && { item_category: itemCategory }),
    ...(price?.amount !== undefined && { price: price.amount }),
  };
  return [read, price?.currency];
}

/** `gtin13:4006381333931` is an id with its kind before it. */
function id(product: Fields): string | undefined {
  return IDS.map((name) => one(product[name])).find((id) => id !== undefined)?.replace(/^(?:gtin\d*|sku|mpn|isbn|ean|upc):/i, "");
}

/** Every offer, also those within an `AggregateOffer`. */
function offers(product: Fields): Fields[] {
  const outer = list(product.offers).filter(isObject) as Fields[];
  return outer.flatMap((offer) => [offer, ...(list(offer.offers).filter(isObject) as Fields[])]);
}

/** The prices of an offer; one that is struck through is none. */
function prices(offer: Fields): { amount: number | undefined; currency: string | undefined }[] {
  const specifications = (list(offer.priceSpecification).filter(isObject) as Fields[])
    .filter(({ priceType }) => !/ListPrice|StrikethroughPrice|SRP|MSRP/.test(String(priceType)));
  return [offer, ...specifications, { price: offer.lowPrice, priceCurrency: offer.priceCurrency }].map((told) => ({
    amount: readPrice(told.price),
    currency: one(told.priceCurrency ?? offer.priceCurrency)?.toUpperCase(),
  }));
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined || value === null ? [] : [value];
}

/** A text, of several the first; numbers are texts here, and `{ "@value" }`, `{ value }` and `{ name }` are theirs. */
function one(value: unknown): string | undefined {
  const [first] = list(value);
  const inner = isObject(first) ? ((first as Fields)["@value"] ?? (first as Fields).value ?? (first as Fields).name) : first;
  return typeof inner === "string" || typeof inner === "number" ? String(inner).trim().slice(0, 256) || undefined : undefined;
}
