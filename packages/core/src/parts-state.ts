import { InvalidArgumentError } from "./errors.ts";
import type { Json } from "./json.ts";
import type { State, TensorData } from "./stateful.ts";

/** One state of several parts: tensors get the part's name as a prefix, the JSON one field per part. */
export const joinStates = (parts: Readonly<Record<string, State>>): State => {
  const tensors: Record<string, TensorData> = {};
  const json: Record<string, Json> = {};
  for (const [part, state] of Object.entries(parts)) {
    json[part] = state.json;
    for (const [name, tensor] of Object.entries(state.tensors)) tensors[`${part}/${name}`] = tensor;
  }
  return { tensors, json };
};

/**
 * The parts of a state that `joinStates` made.
 *
 * @param where  named in the error.
 * @throws InvalidArgumentError when a part is missing, or one is there that was not asked for.
 */
export const splitState = <Part extends string>(
  { tensors, json }: State,
  parts: readonly Part[],
  where: string,
): Record<Part, State> => {
  const fields = typeof json === "object" && json !== null && !Array.isArray(json) ? json : {};
  const found = Object.keys(fields).sort().join(", ");
  const expected = [...parts].sort().join(", ");
  if (found !== expected) {
    throw new InvalidArgumentError({
      argument: "state",
      value: found,
      message: `${where}: the state has the parts (${found}), expected (${expected}); resume with the parts that the run began with`,
    });
  }
  const entriesOf = (part: string) =>
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(`${part}/`))
      .map(([name, tensor]) => [name.slice(part.length + 1), tensor] as const);
  return Object.fromEntries(
    parts.map((part) => [
      part,
      { tensors: Object.fromEntries(entriesOf(part)), json: (fields as Record<string, Json>)[part] ?? null },
    ]),
  ) as Record<Part, State>;
};
