import { setTimeout as wait } from "node:timers/promises";

/** Time, so that tests need not wait for it. */
export interface Clock {
  /** Milliseconds since some start. They only ever grow: setting the machine's clock does not change a wait. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (milliseconds) => {
    await wait(milliseconds);
  },
};
