import type { DataId, Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import type { EagerAttribute, TensorMetadata } from "../native/accord-binding.ts";

/** What compilation uses of tfjs-node's kernel backend and its binding. */
export interface NativeBackend {
  readonly isUsingGpuDevice?: boolean;
  readonly binding: {
    readonly TF_ATTR_STRING: number;
    readonly TF_ATTR_INT: number;
    readonly TF_ATTR_FLOAT: number;
    readonly TF_ATTR_BOOL: number;
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_SHAPE: number;
    loadSavedModel(folder: string, tags: string): number;
    deleteSavedModel(id: number): void;
    runSavedModel(id: number, inputs: number[], inputNames: string, outputNames: string): TensorMetadata[];
    executeOp(
      name: string,
      attributes: EagerAttribute[],
      inputs: number[],
      outputCount: number,
    ): TensorMetadata[];
    tensorDataSync(id: number): ArrayLike<number>;
    deleteTensor(id: number): void;
  };
  executeSingleOutput(name: string, attributes: EagerAttribute[], inputs: TensorInfo[]): Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: EagerAttribute[],
    inputs: TensorInfo[],
    count: number,
  ): Tensor[];
  incRef(dataId: DataId): void;
  refCount(dataId: DataId): number;
  write(values: unknown, shape: number[], dtype: string): DataId;
  getInputTensorIds(tensors: readonly TensorInfo[]): number[];
  createOutputTensor(metadata: TensorMetadata): Tensor;
}

export const isNativeBackend = (backend: unknown): backend is NativeBackend => {
  const candidate = backend as Partial<NativeBackend> | null;
  return (
    typeof candidate?.executeSingleOutput === "function" &&
    typeof candidate.createOutputTensor === "function" &&
    typeof candidate.binding?.runSavedModel === "function"
  );
};
