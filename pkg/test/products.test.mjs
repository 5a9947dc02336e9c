/** The structured data of a page: what it is about, and what it lists; whatever shape and state it is in. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readPage } from "tactful/page";

/** A document with these scripts, text as it is and anything else as JSON. */
function page(scripts, href = "https://shop.example/p") {
  const texts = scripts.map((script) => ({ textContent: typeof script === "string" ? script : JSON.stringify(script) }));
  return { location: { href }, querySelectorAll: (selector) => (selector.includes("ld+json") ? texts : []) };
}
const read = (...scripts) => readPage(page(scripts));

const OFFER = { "@type": "Offer", price: "2.19", priceCurrency: "EUR", availability: "https://schema.org/InStock" };
const PRODUCT = { "@context": "https://schema.org/", "@type": "Product", sku: "nk-0032", name: "Butter rings 200 g", brand: { "@type": "Brand", name: "Nordkorb" }, offers: OFFER };
const ITEM = { item_id: "nk-0032", item_name: "Butter rings 200 g", price: 2.19 };
const VIEW = [{ type: "view_item", currency: "EUR", items: [ITEM] }];
const OATS = { "@type": "Product", sku: "nk-0007", name: "Oats" };

describe("one product is a view_item", () => {
  const shapes = {
    "by itself": [PRODUCT],
    "in a list": [[PRODUCT]],
    "in a graph": [{ "@context": "https://schema.org", "@graph": [{ "@type": "WebPage", name: "Shop" }, PRODUCT, { "@type": "Organization", name: "Nordkorb" }] }],
    "as what a page is about": [{ "@type": ["WebPage", "ItemPage"], mainEntity: PRODUCT }],
    "in two scripts, the second with less": [PRODUCT, { "@type": "Product", sku: "nk-0032", name: "Butter rings 200 g" }],
    "once in the graph and once as what the page is about": [{ "@graph": [PRODUCT, { "@type": "WebPage", mainEntity: PRODUCT }] }],
    "with its type written out": [{ ...PRODUCT, "@type": ["http://schema.org/Product", "schema:Thing"] }],
    "with others that are related": [{ ...PRODUCT, isRelatedTo: [OATS], isSimilarTo: OATS }],
    "within a comment": [`<!-- ${JSON.stringify(PRODUCT)} -->`],
    "within CDATA, with a semicolon": [`//<![CDATA[\n${JSON.stringify(PRODUCT)};\n//]]>`],
    "with line breaks in a text, and a comma too many": [JSON.stringify({ ...PRODUCT, description: "X" }, null, 1).replace("X", "Round,\n\tcrisp").replace(/\n}$/, ",\n}")],
  };
  for (const [name, scripts] of Object.entries(shapes)) test(name, () => assert.deepEqual(read(...scripts), VIEW));

  test("beside broken scripts, which are noted", (context) => {
    const debug = context.mock.method(console, "debug", () => {});
    assert.deepEqual(read("{ 'single': quotes }", "", PRODUCT, "</script>"), VIEW);
    assert.equal(debug.mock.callCount(), 3);
  });
});

describe("its id", () => {
  const ids = {
    sku: [{ sku: "a" }, "a"],
    "a number": [{ sku: 42 }, "42"],
    productID: [{ productID: "b" }, "b"],
    gtin13: [{ gtin13: "4006381333931" }, "4006381333931"],
    "gtin with its kind": [{ productID: "gtin13:4006381333931" }, "4006381333931"],
    "the shop's own first": [{ gtin: "4006381333931", mpn: "m", sku: "a" }, "a"],
    "of several the first": [{ sku: ["a", "b"] }, "a"],
    "a value with a name": [{ productID: { "@type": "PropertyValue", propertyID: "sku", value: "c" } }, "c"],
    none: [{}, undefined],
    "an empty one": [{ sku: " " }, undefined],
  };
  for (const [name, [fields, id]] of Object.entries(ids)) {
    test(name, () => assert.equal(read({ "@type": "Product", name: "Oats", ...fields })[0].items[0].item_id, id));
  }
});

describe("its price", () => {
  const offers = {
    "a number": [{ price: 2.19, priceCurrency: "EUR" }, 2.19, "EUR"],
    "local notation": [{ price: "1.299,00 €", priceCurrency: "eur" }, 1299, "EUR"],
    "unclear": [{ price: "1,299", priceCurrency: "EUR" }, undefined, "EUR"],
    "the first that has one": [[{ "@type": "Offer" }, OFFER], 2.19, "EUR"],
    "several offers together": [{ "@type": "AggregateOffer", lowPrice: "1.99", highPrice: "3.00", priceCurrency: "EUR" }, 1.99, "EUR"],
    "offers within offers": [{ "@type": "AggregateOffer", offers: [OFFER] }, 2.19, "EUR"],
    "a specification": [{ "@type": "Offer", priceSpecification: { price: 2.19, priceCurrency: "EUR" } }, 2.19, "EUR"],
    "not the one struck through": [{ priceSpecification: [{ priceType: "https://schema.org/ListPrice", price: 5, priceCurrency: "EUR" }, { price: 2.19, priceCurrency: "EUR" }] }, 2.19, "EUR"],
    "none": [undefined, undefined, undefined],
  };
  for (const [name, [offer, price, currency]] of Object.entries(offers)) {
    test(name, () => {
      const [{ items, currency: told }] = read({ ...PRODUCT, offers: offer });
      assert.deepEqual([items[0].price, told], [price, price === undefined ? undefined : currency]);
    });
  }
});

describe("of a group", () => {
  const variants = ["red", "blue"].map((colour) => ({ "@type": "Product", sku: `mug-${colour}`, name: `Mug ${colour}`, offers: { ...OFFER, url: `https://shop.example/mug?${colour}` } }));
  const group = { "@type": "ProductGroup", productGroupID: "mug", name: "Mug", variesBy: "https://schema.org/color", hasVariant: variants };
  const id = (group, href) => readPage(page([group], href))[0].items[0].item_id;
  test("the variant at the page's address", () => assert.equal(id(group, "https://shop.example/mug?blue"), "mug-blue"));
  test("the only variant", () => assert.equal(id({ ...group, hasVariant: variants[0] }), "mug-red"));
  test("else the group", () => assert.equal(id(group), "mug"));
});

describe("a list is a view_item_list", () => {
  const items = [ITEM, { item_id: "nk-0007", item_name: "Oats" }];
  const step = (item, position) => ({ "@type": "ListItem", position, item });
  test("with its entries", () => {
    assert.deepEqual(read({ "@type": "ItemList", itemListElement: [step(PRODUCT, 1), step(OATS, 2), { "@type": "ListItem", position: 3, url: "https://shop.example/x" }] }), [{ type: "view_item_list", items }]);
  });
  test("with the products themselves, as what a page is about", () => {
    assert.deepEqual(read({ "@type": "CollectionPage", mainEntity: { "@type": "ItemList", itemListElement: [PRODUCT, OATS] } }), [{ type: "view_item_list", items }]);
  });
  test("of products side by side", () => assert.deepEqual(read(PRODUCT, OATS), [{ type: "view_item_list", items }]));
  test("beside the product of the page", () => {
    assert.deepEqual(read(PRODUCT, { "@type": "ItemList", itemListElement: [step(OATS, 1)] }).map(({ type, items }) => [type, items.length]), [["view_item", 1], ["view_item_list", 1]]);
  });
  test("has 200 items at most", () => {
    const many = Array.from({ length: 500 }, (_, nth) => ({ ...OATS, sku: `a-${nth}` }));
    assert.equal(read({ "@type": "ItemList", itemListElement: many })[0].items.length, 200);
  });
});

describe("the category", () => {
  const crumbs = (...names) => ({ "@type": "BreadcrumbList", itemListElement: names.map((name, at) => (at % 2 ? { "@type": "ListItem", position: at, name } : { "@type": "ListItem", position: at, item: { "@id": "https://shop.example/", name } })) });
  const of = (...scripts) => read(...scripts)[0].items[0].item_category;
  test("is the step before the product", () => assert.equal(of(PRODUCT, crumbs("Home", "Sweet", "Biscuits", "Butter rings")), "Biscuits"));
  test("in whatever order they stand", () => {
    const way = crumbs("Home", "Biscuits", "Butter rings");
    assert.equal(of(PRODUCT, { ...way, itemListElement: way.itemListElement.toReversed() }), "Biscuits");
  });
  test("of a list is its own place", () => assert.equal(read({ "@type": "ItemList", itemListElement: [OATS] }, crumbs("Home", "Cereals"))[0].items[0].item_category, "Cereals"));
  test("or what the product says, the nearest of it", () => assert.equal(of({ ...PRODUCT, category: "Food > Sweet > Biscuits" }, crumbs("Home", "Offers", "x")), "Biscuits"));
});

describe("whatever is written there", () => {
  const nothing = [null, 7, "text", [], {}, { "@type": "Product" }, { "@type": "Recipe", name: "Oats" }, { "@type": 7, name: "a" }, { "@graph": 7 }, { "@type": "ItemList", itemListElement: [null, 7, "x", {}] }];
  for (const script of nothing) test(`${JSON.stringify(script)} tells nothing`, () => assert.deepEqual(read(JSON.stringify(script)), []));

  test("work is bounded: neither depth nor size nor number", (context) => {
    context.mock.method(console, "debug", () => {});
    const deep = `${"[".repeat(5_000)}${JSON.stringify(PRODUCT)}${"]".repeat(5_000)}`;
    assert.deepEqual(read(deep), []);
    assert.deepEqual(read(JSON.stringify({ ...PRODUCT, description: "x".repeat(400_000) })), []);
    assert.deepEqual(read(...Array.from({ length: 30 }, () => ({})), PRODUCT), []);
  });

  test("names of an object's own workings are names like others", () => {
    assert.deepEqual(read('{ "@type": "Product", "__proto__": { "sku": "evil" }, "constructor": 1, "name": "Oats" }'), [{ type: "view_item", items: [{ item_name: "Oats" }] }]);
    assert.equal({}.sku, undefined);
  });
});
