/** Reads a request by the very schema that `openapi.json` publishes, so that the two cannot say different things. */
import { isObject, kind } from "../form.js";

/** As much of JSON Schema (2020-12) as the interface uses. */
export interface Schema {
  readonly type?: "object" | "string" | "integer" | "boolean" | "array";
  readonly const?: string | number;
  readonly enum?: readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean;
  readonly oneOf?: readonly Schema[];
  readonly $ref?: string;
}

/** One thing that is wrong, with the place where: a JSON Pointer (RFC 6901). */
export interface Wrong {
  path: string;
  message: string;
}

/** What is wrong with a value, at most a handful of things. */
export function wrongs(schema: Schema, value: unknown, path = ""): Wrong[] {
  const found = [...typeOf(schema, value, path)];
  if (found.length > 0) return found;
  if (isObject(value)) found.push(...members(schema, value as Readonly<Record<string, unknown>>, path));
  if (schema.oneOf && schema.oneOf.filter((one) => wrongs(one, value, path).length === 0).length !== 1) {
    const names = schema.oneOf.flatMap(({ required = [] }) => required).map((name) => `\`${name}\``);
    found.push({ path, message: `must have exactly one of ${names.join(" and ")}` });
  }
  return found.slice(0, 8);
}

function typeOf(schema: Schema, value: unknown, path: string): Wrong[] {
  const wrong = (message: string) => [{ path, message }];
  const { type, description = "" } = schema;
  if (type === "object" && !isObject(value)) return wrong(`must be an object, not ${kind(value)}`);
  if (type === "integer") {
    const [low, high] = [schema.minimum ?? 0, schema.maximum ?? Number.MAX_SAFE_INTEGER];
    const fits = typeof value === "number" && Number.isInteger(value) && value >= low && value <= high;
    return fits ? [] : wrong(`must be a whole number from ${low} to ${high}`);
  }
  if (type !== "string") return [];
  if (typeof value !== "string") return wrong(`must be a text, not ${kind(value)}`);
  // JSON Schema counts characters, not the halves of one.
  const length = [...value].length;
  const fits = length >= (schema.minLength ?? 0) && length <= (schema.maxLength ?? Infinity);
  const matches = schema.pattern === undefined || new RegExp(schema.pattern, "u").test(value);
  return fits && matches ? [] : wrong(`must be ${description.split(":")[0]?.toLowerCase() || "as documented"}`);
}

function members({ properties = {}, required = [], additionalProperties }: Schema, value: Readonly<Record<string, unknown>>, path: string): Wrong[] {
  const missing = required.filter((name) => !Object.hasOwn(value, name)).map((name) => ({ path: `${path}/${name}`, message: `\`${name}\` is missing` }));
  const inside = Object.entries(value).flatMap(([name, member]) => {
    const schema = Object.hasOwn(properties, name) ? properties[name] : undefined;
    const at = `${path}/${name.slice(0, 40).replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (schema) return wrongs(schema, member, at);
    return additionalProperties === false ? [{ path: at, message: "is not known here" }] : [];
  });
  return [...missing, ...inside];
}
