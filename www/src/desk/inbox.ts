/** What the desk asks of `/v1/voice` with the shop's key, which is kept in this browser until somebody leaves. */
import type { Alike, Change, Inbox, ToldSupply, Topic } from "tactful/voice";
import { storage } from "../lib/storage.js";

/** What a page of topics is asked for; empty is any. */
export interface Filter { state: string; kind: string; show: string; text: string; into?: string }

/** What the shop's answer was refused for, by its code. */
export class Refused extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

const KEY = "tactful-desk:key";
const VOICE = new URL("/v1/voice", location.href);

/** The key of a link `/desk/#key=…`. */
export function readLink(link: string): string | undefined {
  return new URLSearchParams(link.slice(link.indexOf("#") + 1)).get("key") ?? undefined;
}

export function key(): string | undefined {
  return storage.getItem(KEY) ?? undefined;
}

export function keepKey(next: string | undefined): void {
  if (next) storage.setItem(KEY, next);
  else storage.removeItem(KEY);
}

export function inbox(filter: Filter, after = ""): Promise<Inbox> {
  const asked = Object.entries({ ...filter, after }).filter(([, value]) => value !== "") as [string, string][];
  return json<Inbox>(`/inbox?${new URLSearchParams(asked)}`);
}

export async function alike(id: string): Promise<Alike[]> {
  return (await json<{ alike: Alike[] }>(`/${id}/alike`)).alike;
}

export function change(id: string, change: Change): Promise<Topic> {
  return json<Topic>(`/${id}`, "PATCH", change);
}

export function merge(id: string, into: string | null): Promise<Topic> {
  return json<Topic>(`/${id}/merge`, "POST", { into });
}

/** What `tactful supply` told last. */
export async function supplied(): Promise<ToldSupply | undefined> {
  return (await json<ToldSupply | null>("/supply")) ?? undefined;
}

/** Puts all topics into a file of this computer. */
export async function save(format: "csv" | "json"): Promise<void> {
  const file = URL.createObjectURL(await (await asked(`/export?format=${format}`)).blob());
  Object.assign(document.createElement("a"), { href: file, download: `voice.${format}` }).click();
  setTimeout(() => URL.revokeObjectURL(file), 60_000);
}

async function json<T>(path: string, method = "GET", body?: object): Promise<T> {
  return (await asked(path, method, body)).json() as Promise<T>;
}

async function asked(path: string, method = "GET", body?: object): Promise<Response> {
  const headers = { authorization: `Bearer ${key() ?? ""}`, ...(body && { "content-type": "application/json" }) };
  const response = await fetch(`${VOICE.href}${path}`, { method, headers, credentials: "omit", cache: "no-store", ...(body && { body: JSON.stringify(body) }) });
  if (response.ok) return response;
  const { code, issues } = (await response.json().catch(() => ({ code: "away", issues: [] }))) as { code: string; issues: { message: string }[] };
  throw new Refused(code, issues[0]?.message ?? code);
}
