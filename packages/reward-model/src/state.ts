import type { TensorData } from "@accord-rl/core";

type Tensors = Readonly<Record<string, TensorData>>;

/** The same tensors, named "prefix.…". */
export const prefixed = (prefix: string, tensors: Tensors): Record<string, TensorData> =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}.${name}`, tensor]));

/** Those named "prefix.…", by the rest of their names. */
export const withoutPrefix = (prefix: string, tensors: Tensors): Record<string, TensorData> =>
  Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(`${prefix}.`))
      .map(([name, tensor]) => [name.slice(prefix.length + 1), tensor]),
  );
