import { CheckpointError, type State, type Stateful } from "@accord-rl/core";

/** The states of several parts, by their names: what `saveCheckpoint` takes. */
export const checkpointParts = async (
  parts: Readonly<Record<string, Stateful>>,
): Promise<Record<string, State>> => {
  const states: [string, State][] = [];
  for (const [name, part] of Object.entries(parts)) states.push([name, await part.state()]);
  return Object.fromEntries(states);
};

/**
 * Gives each part its state back. The names must be the same on both sides; that is checked before any part changes.
 * Where a part refuses its state, those before it are restored already.
 *
 * @param path  for error messages.
 * @throws CheckpointError when the names differ, and whatever a part throws.
 */
export const restoreParts = (
  parts: Readonly<Record<string, Stateful>>,
  states: Readonly<Record<string, State>>,
  path: string,
): void => {
  const missing = Object.keys(parts).filter((name) => !Object.hasOwn(states, name));
  const unknown = Object.keys(states).filter((name) => !Object.hasOwn(parts, name));
  if (missing.length > 0 || unknown.length > 0) {
    const message = `the checkpoint holds [${Object.keys(states).join(", ")}], expected [${Object.keys(parts).join(", ")}]; it is of another kind of run`;
    throw new CheckpointError({ path, message });
  }
  for (const [name, part] of Object.entries(parts)) part.restore(states[name] as State);
};
