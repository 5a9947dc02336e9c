/** What the pages show of a shop: made from its catalog by `reduce`. */
import type { Language, OfferKind } from "tactful";

export type Words = Record<Language, string>;

export interface Category { id: string; name: Words }

export interface Product {
  id: string;
  gtin?: string;
  name: Words;
  brand?: string;
  category: string;
  /** Minor units. */
  price: number;
  /** Lowest price of the last 30 days, minor units. */
  lowest?: number;
  /** Years. */
  age?: number;
  picture?: string;
}

export interface Store {
  id: string;
  name: string;
  address: string;
  gln?: string;
  /** Ring of longitude and latitude, degrees. */
  shape: [number, number][];
}

export interface ShopPages {
  name: string;
  currency: string;
  timezone: string;
  categories: Category[];
  products: Product[];
  stores: Store[];
  /** By id, for the panel, and for what can be claimed (`stores`); which one is shown is the engine's choice. */
  offers: Record<string, { kind: OfferKind; title: Words; picture?: string; stores?: "all" | "one" }>;
  /** Coupons that every device fetches ahead: good in all stores, and at a till without a network. */
  ahead: string[];
}

/** The pages with what is looked up often. */
export interface Shop extends ShopPages {
  product: (id: string) => Product | undefined;
  category: (id: string) => Category | undefined;
  store: (id: string) => Store | undefined;
  inCategory: (id: string) => Product[];
}

export function openShop(pages: ShopPages): Shop {
  const products = new Map(pages.products.map((product) => [product.id, product]));
  const categories = new Map(pages.categories.map((category) => [category.id, category]));
  const stores = new Map(pages.stores.map((store) => [store.id, store]));
  return {
    ...pages,
    product: (id) => products.get(id),
    category: (id) => categories.get(id),
    store: (id) => stores.get(id),
    inCategory: (id) => pages.products.filter((product) => product.category === id),
  };
}

/** Finds products by the words of both languages, brands and categories; those that start with the term come first. */
export function search(shop: Shop, term: string): Product[] {
  const wanted = plain(term);
  if (!wanted) return [];
  const names = (words: Words): string => `${words.de} ${words.en}`;
  const text = (product: Product): string =>
    plain(`${names(product.name)} ${product.brand ?? ""} ${names(shop.category(product.category)?.name ?? { de: "", en: "" })}`);
  const starts = (product: Product): number => Number(!` ${text(product)}`.includes(` ${wanted}`));
  return shop.products.filter((product) => text(product).includes(wanted)).sort((a, b) => starts(a) - starts(b));
}

function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().trim();
}
