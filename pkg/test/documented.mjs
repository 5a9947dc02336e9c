/**
 * The pushes that Google documents, one of each, with products of the example shop: "Measure ecommerce" for GA4 with the
 * tag manager and with gtag, and "Enhanced Ecommerce" for Universal Analytics with the tag manager and with gtag.
 */

const GA4_ITEM = {
  item_id: "nk-0032", item_name: "Butter rings 200 g", affiliation: "Nordkorb", coupon: "WINTER", discount: 0.3, index: 0,
  item_brand: "Nordkorb", item_category: "biscuits", item_category2: "sweet", item_list_id: "related", item_list_name: "Related",
  item_variant: "200 g", location_id: "L-1", price: 2.19, quantity: 3,
};
const ITEM = { item_id: "nk-0032", item_name: "Butter rings 200 g", item_category: "biscuits", price: 2.19, quantity: 3 };

/** GA4's events with what each has besides `items`, and what of that is read. */
export const GA4 = [
  ["view_item_list", { item_list_id: "related", item_list_name: "Related" }, {}],
  ["select_item", { item_list_id: "related", item_list_name: "Related" }, {}],
  ["view_item", { currency: "EUR", value: 6.57 }, { currency: "EUR" }],
  ["add_to_wishlist", { currency: "EUR", value: 6.57 }, { currency: "EUR" }],
  ["add_to_cart", { currency: "EUR", value: 6.57 }, { currency: "EUR" }],
  ["remove_from_cart", { currency: "EUR", value: 6.57 }, { currency: "EUR" }],
  ["view_cart", { currency: "EUR", value: 6.57 }, { currency: "EUR" }],
  ["begin_checkout", { currency: "EUR", value: 6.57, coupon: "WINTER" }, { currency: "EUR" }],
  ["add_shipping_info", { currency: "EUR", value: 6.57, coupon: "WINTER", shipping_tier: "Ground" }, { currency: "EUR" }],
  ["add_payment_info", { currency: "EUR", value: 6.57, coupon: "WINTER", payment_type: "Card" }, { currency: "EUR" }],
  ["purchase", { transaction_id: "T-1", value: 6.57, tax: 0.43, shipping: 4.9, currency: "EUR", coupon: "WINTER" }, { currency: "EUR", transaction_id: "T-1" }],
  ["refund", { transaction_id: "T-1", value: 6.57, tax: 0.43, shipping: 4.9, currency: "EUR", coupon: "WINTER" }, { currency: "EUR", transaction_id: "T-1" }],
].map(([event, more, read]) => ({ event, fields: { ...more, items: [GA4_ITEM] }, read: { type: event, ...read, items: [ITEM] } }));

/** Promotions of GA4, which say nothing of a product that Tactful could use. */
export const PROMOTIONS = ["view_promotion", "select_promotion"].map((event) => ({ event, fields: { creative_name: "Banner", promotion_id: "P-1", items: [GA4_ITEM] } }));

const UA_ITEM = { name: "Butter rings 200 g", id: "nk-0032", price: "2.19", brand: "Nordkorb", category: "biscuits/sweet", variant: "200 g" };
const READ = { item_id: "nk-0032", item_name: "Butter rings 200 g", item_category: "biscuits", price: 2.19 };

/** Pushes of Universal Analytics' enhanced ecommerce to the tag manager, and what is read. */
export const ENHANCED = {
  "product impressions, with the page": [
    { ecommerce: { currencyCode: "EUR", impressions: [{ ...UA_ITEM, list: "Search", position: 1 }, { name: "Oats", id: "nk-0007", position: 2 }] } },
    { type: "view_item_list", currency: "EUR", items: [READ, { item_id: "nk-0007", item_name: "Oats" }] },
  ],
  "a product click, with a callback": [
    { event: "productClick", ecommerce: { click: { actionField: { list: "Search" }, products: [{ ...UA_ITEM, position: 1 }] } }, eventCallback() {} },
    { type: "select_item", items: [READ] },
  ],
  "a look at the details, with the page": [
    { ecommerce: { detail: { actionField: { list: "Shelf" }, products: [UA_ITEM] } } },
    { type: "view_item", items: [READ] },
  ],
  "adding to the cart": [
    { event: "addToCart", ecommerce: { currencyCode: "EUR", add: { products: [{ ...UA_ITEM, quantity: 1 }] } } },
    { type: "add_to_cart", currency: "EUR", items: [{ ...READ, quantity: 1 }] },
  ],
  "removing from the cart": [
    { event: "removeFromCart", ecommerce: { remove: { products: [{ ...UA_ITEM, quantity: 1 }] } } },
    { type: "remove_from_cart", items: [{ ...READ, quantity: 1 }] },
  ],
  "a step of the checkout": [
    { event: "checkout", ecommerce: { checkout: { actionField: { step: 1, option: "Visa" }, products: [{ ...UA_ITEM, quantity: 1 }] } }, eventCallback() {} },
    { type: "begin_checkout", items: [{ ...READ, quantity: 1 }] },
  ],
  "an option of the checkout": [{ event: "checkoutOption", ecommerce: { checkout_option: { actionField: { step: 1, option: "Visa" } } } }],
  "a purchase, with the page": [
    { ecommerce: { purchase: { actionField: { id: "T-2", affiliation: "Online", revenue: "7.09", tax: "0.43", shipping: "4.90", coupon: "WINTER" }, products: [{ ...UA_ITEM, quantity: 1, coupon: "" }] } } },
    { type: "purchase", transaction_id: "T-2", items: [{ ...READ, quantity: 1 }] },
  ],
  "a refund of everything": [{ ecommerce: { refund: { actionField: { id: "T-2" } } } }, { type: "refund", transaction_id: "T-2" }],
  "a refund of some": [
    { ecommerce: { refund: { actionField: { id: "T-2" }, products: [{ id: "nk-0032", quantity: 1 }] } } },
    { type: "refund", transaction_id: "T-2", items: [{ item_id: "nk-0032", quantity: 1 }] },
  ],
  "impressions together with an action": [
    { ecommerce: { impressions: [{ name: "Oats", id: "nk-0007" }], detail: { actionField: { list: "Shelf" }, products: [UA_ITEM] } } },
    { type: "view_item_list", items: [{ item_id: "nk-0007", item_name: "Oats" }] },
    { type: "view_item", items: [READ] },
  ],
  "promotions": [{ ecommerce: { promoView: { promotions: [{ id: "P-1", name: "Winter", creative: "banner", position: "slot1" }] } } }],
  "a click on a promotion": [{ event: "promotionClick", ecommerce: { promoClick: { promotions: [{ id: "P-1", name: "Winter" }] } } }],
};

/** Universal Analytics with gtag: GA4's names of events, the older names of items. */
export const UA_GTAG = [
  ["view_item", { items: [{ ...UA_ITEM, list_name: "Search", list_position: 1, quantity: 2 }] }, { type: "view_item", items: [{ ...READ, quantity: 2 }] }],
  ["checkout_progress", { items: [UA_ITEM], coupon: "WINTER" }, undefined],
  ["set_checkout_option", { checkout_step: 1, checkout_option: "shipping" }, undefined],
  ["purchase", { transaction_id: "T-3", value: 2.19, currency: "EUR", tax: 0.4, shipping: 0, items: [UA_ITEM] }, { type: "purchase", currency: "EUR", transaction_id: "T-3", items: [READ] }],
  ["refund", { transaction_id: "T-3" }, { type: "refund", transaction_id: "T-3" }],
];
