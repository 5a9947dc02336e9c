/** A loyalty export as signals: grouped by receipt, given back, in several notations, refused with every place. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "tactful";
import { receipts } from "tactful/receipts";
import { pack } from "./hosts.mjs";

const DAY = Date.parse("2026-11-02T12:00:00Z");

test("lines of one receipt become one purchase, the oldest first", () => {
  const rows = [
    { date: "2026-11-02", receipt: "r-2", item_id: "nk-0052", item_category: "coffee", price: "4.99", quantity: "2", lot: " L26P03 " },
    { date: "2026-10-26", receipt: "r-1", item_id: "nk-0001", price: 1.09 },
    { date: "2026-11-02", receipt: "r-2", item_id: "nk-0001" },
    { date: "", receipt: null, item_id: " " },
  ];
  assert.deepEqual(receipts(rows), [
    { type: "purchase", at: DAY - 7 * 86_400_000, transaction_id: "r-1", items: [{ item_id: "nk-0001", price: 1.09, quantity: 1 }] },
    { type: "purchase", at: DAY, transaction_id: "r-2", items: [
      { item_id: "nk-0052", item_category: "coffee", price: 4.99, quantity: 2, lot: "L26P03" }, { item_id: "nk-0001", quantity: 1 },
    ] },
  ]);
});

test("a German export is read by its own columns", () => {
  const columns = { date: "Datum", item_name: "Artikel", price: "Preis", quantity: "Menge" };
  const [bought, back] = receipts([
    { Datum: "02.11.2026", Artikel: "Kaffee", Preis: "1.234,50 €", Menge: "0,532" },
    { Datum: "2.11.2026", Artikel: "Kaffee", Preis: "EUR 4,99", Menge: "-1" },
  ], columns);
  assert.deepEqual(bought, { type: "purchase", at: DAY, transaction_id: "2026-11-02", items: [{ item_name: "Kaffee", price: 1234.5, quantity: 1 }] });
  assert.deepEqual(back, { type: "refund", at: DAY, transaction_id: "2026-11-02", items: [{ item_name: "Kaffee", price: 4.99, quantity: 1 }] });
});

test("everything that is wrong is told with its row and column", () => {
  const rows = [
    { date: "31.02.2026", item_id: "a" },
    { date: "2026-11-02", item_id: "" , price: "free" },
    { item_id: "b", quantity: "a few" },
    { date: "2026-11-02 10:00", item_id: "c" },
  ];
  assert.throws(() => receipts(rows), (error) => {
    assert.equal(error.code, "bad-receipts");
    assert.deepEqual(error.issues.map(({ code, path }) => [code, path]), [
      ["bad-date", "/0/date"], ["bad-item-id", "/1/item_id"], ["bad-price", "/1/price"], ["bad-date", "/2/date"],
      ["bad-quantity", "/2/quantity"], ["bad-date", "/3/date"],
    ]);
    return true;
  });
});

test("a receipt of more items than an event may have becomes several", () => {
  const rows = Array.from({ length: 450 }, (_, item) => ({ date: new Date(DAY), receipt: 7, item_id: `i-${item}` }));
  assert.deepEqual(receipts(rows).map(({ transaction_id, items }) => [transaction_id, items.length]), [["7", 200], ["7#2", 200], ["7#3", 50]]);
});

test("an export that is told twice counts once", async () => {
  const rows = Array.from({ length: 100 }, (_, nth) => ({
    date: new Date(DAY - (300 - 3 * nth) * 86_400_000).toISOString(), receipt: `r-${nth}`, item_id: "nk-0052", item_category: "coffee",
  }));
  const tact = await load({ pack: await pack(), seed: 1, now: DAY });
  tact.observe(receipts(rows));
  const once = tact.export();
  tact.observe(receipts(rows));
  assert.deepEqual(tact.export(), once);
  assert.deepEqual([once.purchases, once.products.map(({ id, days }) => [id, days])], [100, [["nk-0052", 100]]]);
});
