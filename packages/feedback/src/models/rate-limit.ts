import type { Clock } from "./clock.ts";

const minute = 60_000;

/** What was taken; `amount` may be corrected once it is known. */
interface Taken {
  amount: number;
  at: number;
}

/**
 * Lets at most `perMinute` through in any 60 seconds, in the order of asking. An amount above the limit passes alone.
 */
export const createRateLimit = ({
  perMinute,
  clock,
}: {
  readonly perMinute: number;
  readonly clock: Clock;
}) => {
  const taken: Taken[] = [];
  let turn: Promise<unknown> = Promise.resolve();

  const enter = async (entry: Taken): Promise<Taken> => {
    for (;;) {
      const now = clock.now();
      while (taken[0] && taken[0].at + minute <= now) taken.shift();
      const spent = taken.reduce((sum, { amount }) => sum + amount, 0);
      if (!taken[0] || spent + entry.amount <= perMinute) {
        entry.at = now;
        taken.push(entry);
        return entry;
      }
      await clock.sleep(taken[0].at + minute - now);
    }
  };

  return {
    take: (amount: number): Promise<{ amount: number }> => {
      const own = turn.then(() => enter({ amount, at: 0 }));
      turn = own;
      return own;
    },
  };
};
