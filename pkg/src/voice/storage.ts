/** As much of a Durable Object's state as voice needs. */
export interface Storage {
  sql: { exec(query: string, ...values: (string | number | null)[]): { toArray(): unknown[]; readonly rowsWritten: number } };
  transactionSync<T>(work: () => T): T;
  setAlarm(at: number): Promise<void>;
  getAlarm(): Promise<number | null>;
}
