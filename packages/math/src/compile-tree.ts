import { type Compile, interpret } from "@accord-rl/core";
import type { Tensor } from "@tensorflow/tfjs-core";

/** Tensors by name, in groups of any depth. */
export interface TensorTree {
  readonly [name: string]: Tensor | TensorTree | undefined;
}

const isTensor = (node: Tensor | TensorTree): node is Tensor => typeof (node as Tensor).dataId === "object";

const separator = "\u0000";

const flatten = (tree: TensorTree, prefix = ""): [path: string, tensor: Tensor][] =>
  Object.entries(tree).flatMap(([name, node]): [string, Tensor][] => {
    if (node === undefined) return [];
    return isTensor(node) ? [[prefix + name, node]] : flatten(node, `${prefix}${name}${separator}`);
  });

const unflatten = (entries: Iterable<readonly [path: string, tensor: Tensor]>): TensorTree => {
  const tree: Record<string, unknown> = {};
  for (const [path, tensor] of entries) {
    const names = path.split(separator);
    const last = names.pop() as string;
    let node = tree;
    for (const name of names) {
      node[name] ??= {};
      node = node[name] as Record<string, unknown>;
    }
    node[last] = tensor;
  }
  return tree as TensorTree;
};

/**
 * `compile` for a function from a tree of tensors to a tree of tensors: what minibatches, losses and gradients are.
 *
 * Everything that changes from call to call must be in the input: numbers and closures are frozen when the function
 * is recorded. One recording is kept for each set of names.
 *
 * @param compile  default: the function stays as it is.
 * @param name     for profiles and messages.
 */
export const compileTree = <Input extends object, Output extends object>(
  fn: (input: Input) => Output,
  compile: Compile = interpret,
  name?: string,
): ((input: Input) => Output) => {
  if (compile === interpret) return fn;
  const compiled = new Map<string, ReturnType<typeof compileFlat>>();
  const compileFlat = (paths: readonly string[]) =>
    compile(
      (...inputs: Tensor[]) => {
        const input = unflatten(paths.map((path, i) => [path, inputs[i] as Tensor]));
        return Object.fromEntries(flatten(fn(input as unknown as Input) as unknown as TensorTree));
      },
      {
        name: name ?? (fn.name || "function"),
        inputNames: paths.map((path) => path.replaceAll(separator, ".")),
      },
    );
  return (input) => {
    const entries = flatten(input as unknown as TensorTree).sort(([a], [b]) => (a < b ? -1 : 1));
    const paths = entries.map(([path]) => path);
    const key = paths.join();
    const call = compiled.get(key) ?? compileFlat(paths);
    compiled.set(key, call);
    return unflatten(Object.entries(call(...entries.map(([, tensor]) => tensor)))) as unknown as Output;
  };
};
