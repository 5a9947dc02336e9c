/** The demo's own time: runs like any clock, and can be moved forward. Never back: the past has happened. */

export class Clock extends EventTarget {
  #offset: number;
  readonly #zone: string;

  /** `zone` is an IANA time zone. */
  constructor(zone: string, start: number) {
    super();
    this.#zone = zone;
    this.#offset = start - Date.now();
  }

  /** Milliseconds since the Unix epoch, whole. */
  now(): number {
    return Date.now() + this.#offset;
  }

  advance(milliseconds: number): void {
    this.#offset += Math.max(0, Math.round(milliseconds));
    this.dispatchEvent(new Event("moved"));
  }

  /** Moves on to `at`, if that lies ahead. */
  reach(at: number): void {
    this.advance(at - this.now());
  }

  /** Moves on to the next time that a local clock shows `hour` o'clock. */
  reachHour(hour: number): void {
    const { hour: now, minute, second } = this.#local();
    const ahead = (hour * 3_600 - (now * 3_600 + minute * 60 + second) + 86_400) % 86_400;
    this.advance((ahead === 0 ? 86_400 : ahead) * 1_000);
  }

  /** Hour, minute and second in the shop's zone. */
  #local(): { hour: number; minute: number; second: number } {
    const parts = new Intl.DateTimeFormat("en-GB", { timeZone: this.#zone, timeStyle: "medium" }).formatToParts(this.now());
    const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value ?? 0);
    return { hour: part("hour"), minute: part("minute"), second: part("second") };
  }

  get hour(): number {
    return this.#local().hour;
  }
}
