/** The names of the GA4 ecommerce events, apart from what encodes them, so that a watcher of a page brings nothing else. */
import type { ShopEventType } from "./types.js";

// INVARIANT: this list has the order of the codes on the wire (`src/signal/mod.rs`).
export const SHOP_EVENTS: readonly ShopEventType[] = [
  "view_item_list", "select_item", "view_item", "search", "view_search_results", "add_to_wishlist", "add_to_cart",
  "remove_from_cart", "view_cart", "begin_checkout", "add_shipping_info", "add_payment_info", "purchase", "refund",
];
