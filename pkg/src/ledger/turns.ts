/**
 * Group commit: requests that arrive at an object together are decided together, in one synchronous turn and one transaction.
 *
 * A disk is waited for once per turn, not once per request. In a turn nothing is awaited between what is read and what is
 * written, so no two requests ever decide on the same row. Whatever throws leaves no row behind.
 */

/** As much of a Durable Object's storage as a turn needs. */
export interface Transactions {
  transactionSync<T>(work: () => T): T;
}

/** What a queue of turns needs. */
export interface TurnHost<Ask, Answer> {
  storage: Transactions;
  /** Decides a group of requests in their order; an answer of undefined means: wait, and be decided again by `again`. */
  decide: (asks: readonly Ask[]) => readonly (Answer | undefined)[];
  /** Called after each transaction that was written. */
  after?: () => void;
  /** Called with each that waits, outside of the transaction; when it resolves that one is decided again. */
  again?: (ask: Ask) => Promise<void>;
  /** Most requests of one turn. */
  group?: number;
  /** Most requests that wait; more are refused at once. */
  most?: number;
  /** Starts a turn a little later; where missing after 1 ms, in which more requests come, or at once where no more may be in it. */
  later?: (turn: () => void, isFull: boolean) => void;
}

/** A request came while as many waited as may. */
export class Busy extends Error {
  override readonly name = "Busy";
}

/** Requests of one turn, and those that may wait. What waits longer than its client would, is better told at once. */
export const [GROUP, MOST] = [256, 512];
/** How often a request may wait for `again` before it is refused as busy. */
const PATIENCE = 64;

interface Waiting<Ask, Answer> {
  readonly ask: Ask;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  waits: number;
}

/** Makes the function that takes a request into the next turn. */
export function turns<Ask, Answer>(host: TurnHost<Ask, Answer>): (ask: Ask) => Promise<Answer> {
  const { group = GROUP, most = MOST, later = (turn, isFull) => void setTimeout(turn, isFull ? 0 : 1) } = host;
  let queue: Waiting<Ask, Answer>[] = [];
  /** What waited and may be decided again: before the others, since it came before them. */
  let front: Waiting<Ask, Answer>[] = [];
  let away = 0;
  /** As how full the next turn is planned; of two, the second to come may find nothing. */
  let planned: "not" | "some" | "full" = "not";

  const plan = () => {
    const waiting = queue.length + front.length;
    const wanted = waiting === 0 ? "not" : waiting < group ? "some" : "full";
    if (wanted === "not" || planned === "full" || planned === wanted) return;
    planned = wanted;
    later(turn, wanted === "full");
  };
  const turn = () => {
    planned = "not";
    const all = [...front, ...queue];
    if (all.length === 0) return;
    front = [];
    queue = all.slice(group);
    for (const waiting of settle(host, all.slice(0, group))) void wait(waiting);
    plan();
  };
  const wait = async (waiting: Waiting<Ask, Answer>) => {
    away += 1;
    try {
      if (!host.again || waiting.waits > PATIENCE) throw new Busy("waited too often");
      await host.again(waiting.ask);
      front.push(waiting);
    } catch (error) {
      waiting.reject(error);
    } finally {
      away -= 1;
      plan();
    }
  };
  return (ask) => {
    if (queue.length + front.length + away >= most) return Promise.reject(new Busy(`${most} requests wait`));
    return new Promise<Answer>((resolve, reject) => {
      queue.push({ ask, resolve, reject, waits: 0 });
      plan();
    });
  };
}

/** Decides a group in one transaction and answers; where that throws, each request in a transaction of its own. */
function settle<Ask, Answer>(host: TurnHost<Ask, Answer>, group: Waiting<Ask, Answer>[]): Waiting<Ask, Answer>[] {
  const { storage, decide, after } = host;
  let answers: readonly (Answer | undefined)[];
  try {
    answers = storage.transactionSync(() => decide(group.map(({ ask }) => ask)));
  } catch (error) {
    if (group.length > 1) return group.flatMap((one) => settle(host, [one]));
    group[0]?.reject(error);
    return [];
  }
  after?.();
  return group.filter((one, place) => {
    const answer = answers[place];
    if (answer !== undefined) one.resolve(answer);
    else one.waits += 1;
    return answer === undefined;
  });
}
