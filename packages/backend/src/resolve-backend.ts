import { AccordError, BackendUnavailableError } from "@accord-rl/core";
import { type BackendName, backendNames } from "./backend-name.ts";
import type { TensorflowOptions } from "./native/tensorflow-options.ts";

/** One backend that was not used, and why. */
export interface Skipped {
  readonly backend: BackendName;
  readonly reason: string;
}

export interface StartContext {
  /** It was asked for by name: a software GPU, say, is then good enough. */
  readonly wanted: boolean;
  readonly tensorflow?: TensorflowOptions;
}

/**
 * Starts one backend and says in words what runs.
 *
 * @throws AccordError whose message is the reason why it can't start, and what to do.
 */
export type Starter = (context: StartContext) => Promise<string>;

export interface StartedBackend {
  readonly name: BackendName;
  readonly description: string;
  /** Better backends that could not start. */
  readonly tried: readonly Skipped[];
}

/** The first line of what went wrong: native code likes to add pages. */
export const reasonOf = (error: unknown): string => {
  const message = error instanceof Error || AccordError.isInstance(error) ? error.message : String(error);
  return message.split("\n", 1)[0] ?? "unknown";
};

/**
 * Starts the backend that was asked for, or the first of the list that can start.
 *
 * @throws BackendUnavailableError when the one that was asked for can't start, or none can.
 */
export const resolveBackend = async (
  requested: BackendName | "auto",
  starters: Readonly<Record<BackendName, Starter>>,
  log: (line: string) => void = () => {},
  tensorflow: TensorflowOptions = {},
): Promise<StartedBackend> => {
  const wanted = requested !== "auto";
  const tried: Skipped[] = [];
  for (const name of wanted ? [requested] : backendNames) {
    try {
      return { name, description: await starters[name]({ wanted, tensorflow }), tried };
    } catch (error) {
      const skipped = { backend: name, reason: reasonOf(error) };
      tried.push(skipped);
      if (!wanted) log(`Backend ${name} not used: ${skipped.reason}`);
    }
  }
  throw new BackendUnavailableError({
    backend: requested,
    tried,
    message: wanted
      ? `startBackend: the backend "${requested}" was asked for and can't start: ${tried[0]?.reason}`
      : `startBackend: no backend can start: ${tried.map(({ backend, reason }) => `${backend}: ${reason}`).join("; ")}`,
  });
};
