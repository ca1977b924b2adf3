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

type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array;

/** All of our own addon: what tfjs-node's JavaScript calls, and what is ours. */
export interface AccordBinding extends FunctionBinding {
  /** Codes of tensorflow.DataType (TF_FLOAT) and of attributes (TF_ATTR_INT), and TF_Version. */
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_DOUBLE: number;
  readonly TF_INT32: number;
  readonly TF_UINT8: number;
  readonly TF_INT16: number;
  readonly TF_INT8: number;
  readonly TF_STRING: number;
  readonly TF_COMPLEX64: number;
  readonly TF_INT64: number;
  readonly TF_BOOL: number;
  readonly TF_BFLOAT16: number;
  readonly TF_UINT16: number;
  readonly TF_HALF: number;
  readonly TF_RESOURCE: number;
  readonly TF_UINT32: number;
  readonly TF_UINT64: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  /** Its value is a function's name. */
  readonly TF_ATTR_FUNC: number;
  /**
   * Starts TensorFlow for this thread: before anything else; again only with the same bytes.
   *
   * @param config bytes of a tensorflow.ConfigProto.
   */
  start(config: Uint8Array): void;
  isUsingGpuDevice(): boolean;
  /**
   * Copies values into a tensor and gives its number. int64 takes a BigInt64Array, or pairs of int32; half and bfloat16
   * their bits; complex64 pairs of floats; strings an array of Uint8Array.
   */
  createTensor(shape: readonly number[], type: number, values: TypedArray | readonly Uint8Array[]): number;
  deleteTensor(id: number): void;
  /** A copy of a tensor's values, in the kinds that createTensor takes. */
  tensorDataSync(id: number): TypedArray | Uint8Array[];
  getNumOfTensors(): number;
  /** Runs an operation or a function. A list as an attribute's value is a list attribute, but for TF_ATTR_SHAPE. */
  executeOp(
    name: string,
    attributes: readonly EagerAttribute[],
    inputTensorIds: readonly number[],
    outputCount: number,
  ): TensorMetadata[];
  /** @param tags separated by commas. */
  loadSavedModel(folder: string, tags: string): number;
  /** @param inputNames "node:0" each, separated by commas. */
  runSavedModel(
    id: number,
    inputTensorIds: readonly number[],
    inputNames: string,
    outputNames: string,
  ): TensorMetadata[];
  deleteSavedModel(id: number): void;
  getNumOfSavedModels(): number;
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
