import { AccordError } from "@accord-rl/core";

/** Ctrl-C: everything is saved, and the process is to end. */
export class RunInterruptedError extends AccordError {
  override readonly name = "RunInterruptedError";

  static override isInstance(value: unknown): value is RunInterruptedError {
    return AccordError.isInstance(value) && value.name === "RunInterruptedError";
  }
}

/** Watches for Ctrl-C. */
export interface Interrupt {
  /** Gives a pending signal its turn: synchronous tensor work keeps the event loop from seeing it. */
  isRequested(): Promise<boolean>;
  stop(): void;
}

/** Ctrl-C, a polite kill, and a terminal that is closed. */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** `npm run` passes a signal on that the terminal has sent already: what comes this soon (ms) is the same Ctrl-C. */
const sameSignal = 1000;

/** The first signal is remembered, the second one ends the process at once (exit code 130). */
export const watchInterrupt = (onFirst: () => void): Interrupt => {
  let requestedAt: number | undefined;
  const handle = () => {
    if (requestedAt === undefined) {
      requestedAt = performance.now();
      onFirst();
    } else if (performance.now() - requestedAt > sameSignal) process.exit(130);
  };
  for (const signal of signals) process.on(signal, handle);
  return {
    isRequested: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return requestedAt !== undefined;
    },
    stop: () => {
      for (const signal of signals) process.off(signal, handle);
    },
  };
};
