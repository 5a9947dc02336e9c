/** The interface as an OpenAPI 3.1 document: requests are read by its schemas, `/v1/openapi.json` is its text. */
import { REASONS, type Reason } from "./problem.js";
import type { Schema } from "./schema.js";

/** Longest body that is read, bytes. */
export const LARGEST_BODY = 2_048;

const text = (description: string, pattern: string, [minLength, maxLength]: readonly [number, number], example: string): Schema => ({
  type: "string", description, pattern, minLength, maxLength, examples: [example],
});
const ID = (description: string, example: string) => text(description, "^[!-~]+$", [1, 64], example);
const TIME = (description: string): Schema => ({ type: "integer", description: `${description}: ms since 1970, UTC`, minimum: 0, maximum: 253_402_300_799_999 });
const COUNT = (description: string): Schema => ({ type: "integer", description, minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const object = (properties: Record<string, Schema>, optional: readonly string[] = []): Schema => ({
  type: "object", properties, required: Object.keys(properties).filter((name) => !optional.includes(name)), additionalProperties: false,
});

const TOKEN = text("A token in base64url: `CT1` of 114 bytes", "^[A-Za-z0-9_-]+$", [152, 152], "A".repeat(152));
const CODE = text("A short code: 16 of Crockford's letters and digits; spaces and hyphens do not count", "^[0-9A-TV-Za-tv-z -]+$", [16, 24], "0C3G-E1R7-0W3G-E1RJ");
/** A short code as it is answered. */
const GIVEN = text("The short code", "^[0-9A-HJKMNP-TV-Z]+$", [16, 16], "0C3GE1R70W3GE1RJ");
/** What a till says of a coupon that it was shown: as a token, or as a code. */
const shown = (properties: Record<string, Schema>, optional: readonly string[] = []): Schema => ({
  ...object({ token: TOKEN, code: CODE, ...properties }, ["token", "code", ...optional]),
  oneOf: [{ required: ["token"] }, { required: ["code"] }],
});
const KEY_PATTERN = '^("[A-Za-z0-9_-]{16,64}"|[A-Za-z0-9_-]{16,64})$';

/** The bodies and answers by name. */
export const SCHEMAS = {
  Claim: object({
    coupon: ID("The id of a coupon offer: 1 to 64 visible ASCII characters", "biscuits-20"),
    person: text("A blinded device key: 16 bytes in base64url, HMAC of a secret that never leaves the device over the coupon's id", "^[A-Za-z0-9_-]{21}[AQgw]$", [22, 22], "AAAAAAAAAAAAAAAAAAAAAA"),
    store: ID("The id of the store that it is claimed for: 1 to 64 visible ASCII characters", "kaisaniemi"),
    holder: text("The device that alone may show the token, and whose code redeems nothing: first 8 bytes of SHA-256 of its public key, in base64url", "^[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048]$", [11, 11], "AAAAAAAAAAA"),
  }, ["store", "holder"]),
  Claimed: object({
    token: TOKEN,
    code: text("The short code: 16 of Crockford's letters and digits", "^[0-9A-HJKMNP-TV-Z]+$", [16, 16], "0C3GE1R70W3GE1RJ"),
    from: TIME("From when it is honoured"),
    until: TIME("Until when, without that instant"),
  }),
  Redemption: shown({
    till: ID("The till that redeems, the one whose key is sent: 1 to 64 visible ASCII characters", "till-1"),
    receipt: ID("The receipt that it is redeemed with, at most once for each till: 1 to 64 visible ASCII characters", "2026-000123"),
    store: ID("The store of the till: 1 to 64 visible ASCII characters", "kaisaniemi"),
    at: TIME("When the till granted it, where that was without a network"),
    amount: COUNT("What it saved, minor units"),
  }, ["at", "amount"]),
  Redeemed: object({
    coupon: { type: "string", description: "The id of the coupon offer", minLength: 1 },
    code: GIVEN,
  }),
  Reservation: shown({
    till: ID("The till that holds it, the one whose key is sent: 1 to 64 visible ASCII characters", "till-1"),
    receipt: ID("The receipt that it is then redeemed with: 1 to 64 visible ASCII characters", "order-4711"),
    store: ID("The store of the till: 1 to 64 visible ASCII characters", "kaisaniemi"),
  }),
  Reserved: object({
    code: GIVEN,
    until: TIME("Until when nobody else may redeem it, without that instant"),
  }),
  Released: object({ code: GIVEN }),
  RolledBack: object({ code: GIVEN }),
  Rollback: shown({
    till: ID("The till that redeemed it: 1 to 64 visible ASCII characters", "till-1"),
    receipt: ID("The receipt that it was redeemed with: 1 to 64 visible ASCII characters", "2026-000123"),
    store: ID("The store of the till: 1 to 64 visible ASCII characters", "kaisaniemi"),
    at: TIME("When the till took it back, where that was without a network"),
    amount: COUNT("What it had saved, minor units"),
  }, ["store", "at", "amount"]),
  Budget: object({
    coupon: { type: "string", description: "The id of the coupon offer", minLength: 1 },
    budget: COUNT("How many there are"),
    leased: COUNT("How many of them shards hold that are not issued"),
    issued: COUNT("How many were issued and count against the budget"),
    redeemed: COUNT("How many of those were redeemed"),
    released: COUNT("How many came back because they can no longer be honoured"),
    rolled_back: COUNT("How many redemptions were rolled back"),
    this_hour: COUNT("How many are lent or issued in the hour that runs, where that is limited"),
    paused: { type: "string", enum: ["no", "shop", "per_hour"], description: "Does it rest until the shop resumes it, and why?" },
  }),
  Problem: {
    type: "object",
    description: "RFC 9457, with a reason of a closed list",
    properties: {
      type: { type: "string" },
      title: { type: "string" },
      status: { type: "integer", minimum: 400, maximum: 599 },
      detail: { type: "string" },
      reason: { type: "string", enum: Object.keys(REASONS) },
      wrongs: { type: "array", items: object({ path: { type: "string" }, message: { type: "string" } }) },
      until: TIME("When it may be otherwise"),
      first: object({ till: { type: "string" }, receipt: { type: "string" }, at: TIME("When") }),
    },
    required: ["type", "title", "status", "detail", "reason"],
    additionalProperties: false,
  },
} as const satisfies Record<string, Schema>;

const LEFT = {
  type: "object",
  properties: { left: { type: "object", additionalProperties: { type: "integer", minimum: 0, maximum: 16 } } },
  required: ["left"],
  additionalProperties: false,
};

const ref = (name: keyof typeof SCHEMAS) => ({ $ref: `#/components/schemas/${name}` });
const json = (name: keyof typeof SCHEMAS) => ({ "application/json": { schema: ref(name) } });
const answer = (description: string, name: keyof typeof SCHEMAS) => ({ description, content: json(name) });

/** One entry for each status that one of the reasons has; what every address may answer comes along. */
function problems(...reasons: Reason[]): Record<string, unknown> {
  const all: Reason[] = [...reasons, "internal", "busy"];
  const statuses = new Set(all.map((reason) => REASONS[reason][0]));
  return Object.fromEntries([...statuses].sort().map((status) => {
    const told = all.filter((reason) => REASONS[reason][0] === status).map((reason) => `\`${reason}\`: ${REASONS[reason][1]}`);
    const headers = (status === 429 || status === 503) && { headers: { "retry-after": { description: "Seconds", schema: { type: "integer" } } } };
    return [status, { description: told.join("; "), content: { "application/problem+json": { schema: ref("Problem") } }, ...headers }];
  }));
}

const BODY: Reason[] = ["malformed", "too_large", "not_json"];
const TILL: Reason[] = ["no_key", "other_till", "mistyped", "forged", "unknown", "altered", "expired", "too_many_codes"];
const coupon = { name: "coupon", in: "path", required: true, description: "The id of a coupon offer", schema: SCHEMAS.Claim.properties!.coupon };

/** The document. */
export const OPENAPI = {
  openapi: "3.1.0",
  info: {
    title: "Tactful ledger",
    version: "1",
    license: { name: "MIT", identifier: "MIT" },
    description: "Claims coupons inside a budget and redeems them once. Whoever gets no answer sends the same request again: it is done once and answered the same.",
  },
  paths: {
    "/v1/claims": {
      post: {
        operationId: "claim",
        summary: "Claims one coupon for one person",
        parameters: [{
          name: "Idempotency-Key", in: "header", required: true,
          description: "16 to 64 of A-Z a-z 0-9 _ -, quoted or not; made anew for each claim that is wanted, the same for each time it is sent. It counts for one person. Sent again while the first is under way, it waits and is answered with the same, not with a conflict.",
          schema: { type: "string", pattern: KEY_PATTERN },
          example: "8e03978e-40d5-43e8-bc93-6894a57f9324",
        }],
        requestBody: { required: true, content: json("Claim") },
        responses: {
          200: answer("The same claim was answered before; the token is the same, byte for byte", "Claimed"),
          201: answer("Claimed", "Claimed"),
          ...problems(...BODY, "unknown_coupon", "exhausted", "per_person", "per_store", "per_hour", "not_started", "paused", "ended", "other_request", "unknown_store"),
        },
      },
    },
    "/v1/redemptions": {
      post: {
        operationId: "redeem",
        summary: "Redeems a token or a code, once",
        description: "The same till and receipt are answered the same. A code that was never given and one that is spent are answered alike; a spent token is told as such, since nobody guesses one. Of one till ten codes at once may be refused, and one each ten seconds from then on; until then no code of it is looked at.",
        security: [{ till: [] }],
        requestBody: { required: true, content: json("Redemption") },
        responses: { 200: answer("Redeemed: grant it", "Redeemed"), ...problems(...BODY, ...TILL, "spent", "reserved", "voided", "not_yet", "other_store") },
      },
    },
    "/v1/redemptions/rollback": {
      post: {
        operationId: "rollback",
        summary: "Takes a redemption back, for a sale that is voided",
        description: "Only by the till that redeemed it, with its receipt. The token can be redeemed again while it is valid.",
        security: [{ till: [] }],
        requestBody: { required: true, content: json("Rollback") },
        responses: { 200: answer("Taken back, now or before", "RolledBack"), ...problems(...BODY, ...TILL, "not_redeemed", "too_often") },
      },
    },
    "/v1/reservations": {
      post: {
        operationId: "reserve",
        summary: "Holds a coupon for a receipt, while it is paid",
        description: "For ten minutes, not beyond the end of the coupon; then it is free by itself. Redeem it with the same till and receipt. The same receipt is answered the same as long as it holds it.",
        security: [{ till: [] }],
        requestBody: { required: true, content: json("Reservation") },
        responses: { 200: answer("Held, now or before", "Reserved"), ...problems(...BODY, ...TILL, "spent", "reserved", "voided", "other_store") },
      },
    },
    "/v1/reservations/release": {
      post: {
        operationId: "release",
        summary: "Lets go of a coupon that is held, for a payment that failed",
        description: "With the till and receipt that hold it. Both can still have it later, as anybody can.",
        security: [{ till: [] }],
        requestBody: { required: true, content: json("Reservation") },
        responses: { 200: answer("This till and receipt do not hold it any more", "Released"), ...problems(...BODY, ...TILL, "spent") },
      },
    },
    "/v1/keys": {
      get: {
        operationId: "keys",
        summary: "The signed key set by which tills check tokens",
        responses: { 200: { description: "The key set, as `tactful token keys` made it", content: { "application/json": { schema: { type: "object" } } } }, ...problems() },
      },
    },
    "/v1/budgets": {
      get: {
        operationId: "budgets",
        summary: "How much is left of every budget, in sixteenths",
        description: "For the pages of shoppers, the same for all of them, so that it tells nothing of who asks; a minute old at most where it is cached for one. So coarse that competitors read next to nothing from it about sales. 0 only where nothing can be claimed now: none is left, in all or in this hour, the coupon is paused or its time over.",
        responses: { 200: { description: "By the id of the coupon offer", content: { "application/json": { schema: LEFT } } }, ...problems() },
      },
    },
    "/v1/coupons/{coupon}/budget": {
      get: {
        operationId: "budget",
        summary: "What became of a coupon's budget",
        security: [{ shop: [] }],
        parameters: [coupon],
        responses: { 200: answer("As of now; where others claim meanwhile, as of some instant for each shard", "Budget"), ...problems("malformed", "no_key", "unknown_coupon") },
      },
    },
    "/v1/coupons/{coupon}/{state}": {
      post: {
        operationId: "pause",
        summary: "Pauses a coupon, or lets it go on",
        security: [{ shop: [] }],
        parameters: [coupon, { name: "state", in: "path", required: true, schema: { type: "string", enum: ["pause", "resume"] } }],
        responses: { 200: answer("Done, now or before", "Budget"), ...problems("malformed", "no_key", "unknown_coupon", "not_found") },
      },
    },
  },
  components: {
    schemas: SCHEMAS,
    securitySchemes: {
      till: { type: "http", scheme: "bearer", description: "The key of the till" },
      shop: { type: "http", scheme: "bearer", description: "The key of the shop" },
    },
  },
};

/** The header that makes a claim the same claim, in one of its spellings. */
export const KEY = new RegExp(KEY_PATTERN);
