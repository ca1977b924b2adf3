import { type Compile, interpret } from "@accord-rl/core";
import type { Scalar, Tensor, Tensor1D } from "@tensorflow/tfjs-core";
import * as tf from "@tensorflow/tfjs-core";
import type { Packed, Scalars } from "./packed.ts";

/** Tensors by name, in groups of any depth. */
export interface TensorTree {
  readonly [name: string]: Tensor | Packed | TensorTree | undefined;
}

/** Numbers of one call, by name. A function that is itself being compiled passes its own scalars on. */
export type Numbers = Readonly<Record<string, number | Scalar>>;

type Leaf = Tensor | Packed;

const isTensor = (node: Leaf | TensorTree): node is Tensor => typeof (node as Tensor).dataId === "object";
const isPacked = (node: Leaf | TensorTree): node is Packed => Array.isArray((node as Packed).names);

/** Between the names of a path, and between a path and the names of the numbers packed there. */
const [separator, packedNames] = ["\u0000", "\u0001"];

/** A packed tensor's path carries the names of its numbers, so that they come back with it. */
const flatten = (tree: TensorTree, prefix = ""): [path: string, tensor: Tensor][] =>
  Object.entries(tree).flatMap(([name, node]): [string, Tensor][] => {
    if (node === undefined) return [];
    if (isTensor(node)) return [[prefix + name, node]];
    if (isPacked(node)) return [[[prefix + name, ...node.names].join(packedNames), node.values]];
    return flatten(node, `${prefix}${name}${separator}`);
  });

const unflatten = (entries: Iterable<readonly [path: string, tensor: Tensor]>): TensorTree => {
  const tree: Record<string, unknown> = {};
  for (const [path, tensor] of entries) {
    const [place, ...packed] = path.split(packedNames) as [string, ...string[]];
    const names = place.split(separator);
    const last = names.pop() as string;
    let node = tree;
    for (const name of names) {
      node[name] ??= {};
      node = node[name] as Record<string, unknown>;
    }
    node[last] = packed.length > 0 ? { names: packed, values: tensor } : tensor;
  }
  return tree as TensorTree;
};

/** The call's own numbers travel as one tensor. */
const given = "numbers";

const joinInputs = (tree: TensorTree, numbers: Numbers): TensorTree => {
  const own = Object.entries(numbers).filter(
    (entry): entry is [string, number] => typeof entry[1] === "number",
  );
  const scalars = Object.entries(numbers).filter(([, value]) => typeof value !== "number");
  const names = own.map(([name]) => name);
  return {
    tree,
    scalars: Object.fromEntries(scalars) as Scalars,
    ...(own.length > 0 && { [given]: { names, values: tf.tensor1d(own.map(([, value]) => value)) } }),
  } as TensorTree;
};

const splitInputs = ({ tree = {}, scalars = {}, [given]: packed }: TensorTree): [TensorTree, Scalars] => {
  const { names, values } = (packed as Packed | undefined) ?? { names: [], values: undefined };
  const unpacked = values ? (tf.unstack(values as Tensor1D) as Scalar[]) : [];
  const own = Object.fromEntries(names.map((name, i) => [name, unpacked[i]!]));
  return [tree as TensorTree, { ...(scalars as Scalars), ...own }];
};

const asScalars = (numbers: Numbers): Scalars =>
  Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [
      name,
      typeof value === "number" ? tf.scalar(value) : value,
    ]),
  );

/**
 * `compile` for a function from a tree of tensors, and numbers by name, to a tree of tensors.
 *
 * Everything that changes from call to call must be in the input: other numbers and closures are frozen when the function
 * is recorded. One recording is kept for each set of names. Numbers go in as one tensor, and scalars that the function
 * has packed (`pack`) come out as one.
 *
 * @param fn       gets the numbers as scalars. It must be synchronous.
 * @param compile  default: the function is called as it is.
 * @param name     for profiles and messages.
 */
export const compileTree = <Input extends object, Output extends object>(
  fn: (input: Input, numbers: Scalars) => Output,
  compile: Compile = interpret,
  name?: string,
): ((input: Input, numbers?: Numbers) => Output) => {
  if (compile === interpret) {
    return (input, numbers = {}) =>
      tf.tidy(() => fn(input, asScalars(numbers)) as Output & tf.TensorContainer);
  }
  const compiled = new Map<string, ReturnType<typeof compileFlat>>();
  const compileFlat = (paths: readonly string[]) =>
    compile(
      (...inputs: Tensor[]) => {
        const [input, numbers] = splitInputs(unflatten(paths.map((path, i) => [path, inputs[i] as Tensor])));
        return Object.fromEntries(flatten(fn(input as unknown as Input, numbers) as unknown as TensorTree));
      },
      {
        name: name ?? (fn.name || "function"),
        inputNames: paths.map((path) =>
          path
            .split(packedNames)[0]!
            .replaceAll(separator, ".")
            .replace(/^tree\./, ""),
        ),
      },
    );
  return (input, numbers = {}) =>
    tf.tidy(() => {
      const entries = flatten(joinInputs(input as unknown as TensorTree, numbers)).sort(([a], [b]) =>
        a < b ? -1 : 1,
      );
      const paths = entries.map(([path]) => path);
      const key = paths.join();
      const call = compiled.get(key) ?? compileFlat(paths);
      compiled.set(key, call);
      return unflatten(Object.entries(call(...entries.map(([, tensor]) => tensor)))) as Output &
        tf.TensorContainer;
    });
};
