/** An attribute of an operation, as the kernels of tfjs-node pass it: `type` is one of the binding's TF_ATTR_ codes. */
export interface EagerAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** A tensor that an operation put out: its number in the binding, its shape, and its code of tensorflow.DataType. */
export interface TensorMetadata {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/**
 * What our own addon can do besides what tfjs-node's can. Everything throws an Error with TensorFlow's words, and a
 * TypeError for arguments of a wrong kind.
 */
export interface FunctionBinding {
  /**
   * Registers a graph as a function, which executeOp and executeOpAsync then call by its name. The attribute
   * `_XlaMustCompile` (TF_ATTR_BOOL, true) of such a call has XLA compile it, for each set of input shapes anew.
   *
   * @param graphDef bytes of a tensorflow.GraphDef; its Placeholders are named by `inputs`.
   * @param inputs  "node:0" each; the call takes its input tensors in this order.
   * @param outputs "node:0" each; the call gives its output tensors in this order.
   * @throws when the name is taken: remove that function first.
   */
  addFunction(
    name: string,
    graphDef: Uint8Array,
    inputs: readonly string[],
    outputs: readonly string[],
  ): void;
  /** Forgets a function and what TensorFlow has kept for its calls. Calls that are under way end first. */
  removeFunction(name: string): void;
  /**
   * As executeOp, on a worker thread. Calls run one after another, in the order in which they were made. The input
   * tensors may be deleted right after the call: it holds on to them itself.
   */
  executeOpAsync(
    name: string,
    attributes: readonly EagerAttribute[],
    inputTensorIds: readonly number[],
    outputCount: number,
  ): Promise<TensorMetadata[]>;
}

/** Whether a binding is our own addon; tfjs-node's has none of these functions. */
export const isFunctionBinding = (binding: unknown): binding is FunctionBinding => {
  const candidate = binding as Partial<FunctionBinding> | null | undefined;
  return (
    typeof candidate?.addFunction === "function" &&
    typeof candidate.removeFunction === "function" &&
    typeof candidate.executeOpAsync === "function"
  );
};
