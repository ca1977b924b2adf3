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

const signals = ["SIGINT", "SIGTERM"] as const;

/** The first signal is remembered, the second one ends the process at once (exit code 130). */
export const watchInterrupt = (onFirst: () => void): Interrupt => {
  let isRequested = false;
  const handle = () => {
    if (isRequested) process.exit(130);
    isRequested = true;
    onFirst();
  };
  for (const signal of signals) process.on(signal, handle);
  return {
    isRequested: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return isRequested;
    },
    stop: () => {
      for (const signal of signals) process.off(signal, handle);
    },
  };
};
