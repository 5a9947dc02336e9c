/** The glue of `ledger.wasm`, as wasm-bindgen writes it and `assets.mjs` wraps it: every call makes an instance of its own. */
export function instantiate(module: WebAssembly.Module): { Ledger: typeof Ledger };

/** `src/wasm/ledger.rs`, where what crosses is described. */
export class Ledger {
  constructor(terms: string, kid: string, merchant: number, production: boolean, shard: number);
  wanted(requests: string): string;
  turn(found: string, now: number): [outcome: string, rows: string];
  renew(root: string | undefined, shards: number, renewal: string, now: number): string;
  pause(root: string | undefined): string;
  resume(root: string | undefined, now: number): string;
  report(coupon: string, root: string | undefined, now: number): string;
  left(coupon: string, root: string | undefined, now: number): number;
  overdue(root: string | undefined, now: number): string;
  free(): void;
}
