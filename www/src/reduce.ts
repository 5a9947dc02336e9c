/** Reduces a catalog to what a shop's pages show of it. Used by the build and by the studio. */
import type { Category, Product, ShopPages, Store } from "./lib/pages.js";

type Words = Record<string, string>;

interface Catalog {
  name: string;
  currency: string;
  timezone: string;
  categories: { id: string; name: Words }[];
  products: {
    id: string;
    gtin?: string;
    name: Words;
    brand?: string;
    category: string;
    price: number;
    lowest_30_days?: number;
    age_limit?: number;
    picture?: string;
  }[];
  stores: {
    id: string;
    name: string;
    address?: string;
    gln?: string;
    geometry: { type: "Polygon"; coordinates: [number, number][][] } | { type: "Point"; coordinates: [number, number] };
    radius_m?: number;
  }[];
  offers: { id: string; kind: "coupon" | "reminder" | "service"; picture?: string; creative: Record<string, { title: string }>; budget?: { all_stores?: boolean; offline?: object } }[];
}

/** The catalog must have passed `check`; what is not shown anywhere is left out. */
export function reduce(catalog: Catalog): ShopPages {
  const minor = 10 ** digits(catalog.currency);
  return {
    name: catalog.name,
    currency: catalog.currency,
    timezone: catalog.timezone,
    categories: catalog.categories.map(({ id, name }): Category => ({ id, name: both(name) })),
    products: catalog.products.map((product) => reduceProduct(product, minor)),
    stores: catalog.stores.map(reduceStore),
    offers: Object.fromEntries(catalog.offers.map(reduceOffer)),
    ahead: catalog.offers.filter(({ budget }) => budget?.all_stores && budget.offline).map(({ id }) => id),
  };
}

function digits(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

function reduceProduct(product: Catalog["products"][number], minor: number): Product {
  const { id, gtin, brand, category, picture, price, lowest_30_days: lowest, age_limit: age } = product;
  return {
    id,
    name: both(product.name),
    category,
    price: Math.round(price * minor),
    ...(gtin === undefined ? {} : { gtin }),
    ...(brand === undefined ? {} : { brand }),
    ...(picture === undefined ? {} : { picture }),
    ...(lowest === undefined ? {} : { lowest: Math.round(lowest * minor) }),
    ...(age === undefined ? {} : { age }),
  };
}

function reduceStore({ id, name, address, gln, geometry, radius_m }: Catalog["stores"][number]): Store {
  const shape = geometry.type === "Polygon" ? (geometry.coordinates[0] ?? []) : circle(geometry.coordinates, radius_m ?? 20);
  return { id, name, address: address ?? "", shape, ...(gln === undefined ? {} : { gln }) };
}

/** A ring of 24 corners around a point, as precise as a map of this size can show. */
function circle([longitude, latitude]: [number, number], metres: number): [number, number][] {
  return Array.from({ length: 24 }, (_, corner) => {
    const angle = (corner / 24) * 2 * Math.PI;
    const east = (metres * Math.cos(angle)) / (111_320 * Math.cos((latitude * Math.PI) / 180));
    return [longitude + east, latitude + (metres * Math.sin(angle)) / 110_540];
  });
}

/** Titles for the panel; what the engine would fill in stays open. */
function reduceOffer({ id, kind, picture, creative, budget }: Catalog["offers"][number]): [string, ShopPages["offers"][string]] {
  const titles = Object.entries(creative).map(([language, { title }]) => [language, title.replace(/\{\w+\}/g, "…")]);
  return [id, { kind, title: both(Object.fromEntries(titles)), ...(picture === undefined ? {} : { picture }), ...(budget && { stores: budget.all_stores ? "all" : "one" }) }];
}

function both(words: Words): { de: string; en: string } {
  const any = Object.values(words)[0] ?? "";
  return { de: words["de"] ?? any, en: words["en"] ?? any };
}
