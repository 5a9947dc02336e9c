/**
 * Checks and times one contestant on one catalog; the same loop in Node and in a page.
 *
 * The moments are cut into chunks of about a millisecond, each timed once a round. What a chunk takes is its median
 * over all rounds, so that one which was interrupted does not count; the result is their sum by the number of moments.
 */

/** `clock` is in milliseconds. */
export function stopwatch(decide, moments, clock) {
  let shown = 0; // keeps the answers from being optimised away
  const sweep = (from, to) => {
    for (let i = from; i < to; i++) {
      const { context, placement, now } = moments[i];
      if (decide(context, placement, now) !== null) shown++;
    }
  };
  const all = () => sweep(0, moments.length);
  let [chunks, repeats] = [[], 1];

  return {
    check: () => check(decide, moments),

    /**
     * Runs hot, so many milliseconds at a time, until that no longer makes it faster; then cuts the chunks. Returns
     * what one sweep takes, in milliseconds.
     */
    async warm(duration) {
      const took = await settled(() => timedFor(duration, all, clock));
      repeats = Math.max(1, Math.ceil(1 / took));
      const size = Math.max(1, Math.ceil(moments.length / Math.max(1, took)));
      chunks = [];
      for (let from = 0; from < moments.length; from += size) {
        chunks.push({ from, to: Math.min(from + size, moments.length), times: [] });
      }
      return took;
    },

    /** Times every chunk, again and again for so many milliseconds. */
    round(duration) {
      const start = clock();
      do {
        for (const { from, to, times } of chunks) {
          const began = clock();
          for (let i = 0; i < repeats; i++) sweep(from, to);
          times.push((clock() - began) / repeats);
        }
      } while (clock() - start < duration);
    },

    /** Microseconds of one decision; what was shown is in it so that it has to be counted. */
    result() {
      const took = chunks.reduce((sum, { times }) => sum + median(times), 0);
      return { us: (1_000 * took) / moments.length, shown };
    },
  };
}

/** What one call takes on average, called again and again for so many milliseconds. */
function timedFor(duration, work, clock) {
  const start = clock();
  let calls = 0;
  do {
    work();
    calls++;
  } while (clock() - start < duration);
  return (clock() - start) / calls;
}

/** Measures until the next value is no longer a tenth below the lowest; eight times at most. */
export async function settled(measure) {
  let lowest = await measure();
  for (let more = 0; more < 7; more++) {
    const next = await measure();
    const enough = next > 0.9 * lowest;
    lowest = Math.min(lowest, next);
    if (enough) break;
  }
  return lowest;
}

/** Throws at the first wrong answer. */
export function check(decide, moments) {
  moments.forEach(({ context, placement, now, answer }, place) => {
    const got = decide(context, placement, now);
    if (got !== answer) throw new Error(`moment ${place}: ${got} instead of ${answer}`);
  });
}

export function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >>> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
