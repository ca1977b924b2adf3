import { InvalidArgumentError } from "@accord-rl/core";
import { createProtobufWriter } from "../compile/protobuf.ts";

/** How native TensorFlow starts; what is left out is TensorFlow's own choice. Read once, at the first start. */
export interface TensorflowOptions {
  /** Threads that share the work of one operation. */
  readonly intraOpThreads?: number;
  /** Operations that run at the same time. */
  readonly interOpThreads?: number;
  /** Take GPU memory as it is needed (default), not almost all of it at the start. */
  readonly gpuMemoryGrowth?: boolean;
  /** Which GPUs are used, by their numbers in nvidia-smi; default: all. */
  readonly visibleGpus?: readonly number[];
}

/** @throws InvalidArgumentError for a count or a number that is none. */
export const checkTensorflowOptions = (options: TensorflowOptions): void => {
  const check = (argument: string, value: number, least: number): void => {
    if (Number.isSafeInteger(value) && value >= least && value < 2 ** 31) return;
    throw new InvalidArgumentError({
      argument,
      value,
      message: `tensorflow.${argument} is ${value}, expected an integer, ${least} or more`,
    });
  };
  for (const name of ["intraOpThreads", "interOpThreads"] as const) {
    const value = options[name];
    if (value !== undefined) check(name, value, 1);
  }
  for (const gpu of options.visibleGpus ?? []) check("visibleGpus", gpu, 0);
};

/** The options as bytes of a tensorflow.ConfigProto, which our own addon starts with. */
export const encodeTensorflowOptions = ({
  intraOpThreads,
  interOpThreads,
  gpuMemoryGrowth = true,
  visibleGpus,
}: TensorflowOptions): Uint8Array => {
  const writer = createProtobufWriter();
  if (intraOpThreads !== undefined) writer.int(2, intraOpThreads);
  if (interOpThreads !== undefined) writer.int(5, interOpThreads);
  writer.message(6, (gpu) => {
    gpu.int(4, gpuMemoryGrowth ? 1 : 0);
    if (visibleGpus !== undefined) gpu.bytes(5, visibleGpus.join(","));
  });
  return writer.finish();
};

/** The options as variables of the environment, which TensorFlow reads itself: for addons that take none. */
export const tensorflowVariables = ({
  intraOpThreads,
  interOpThreads,
  gpuMemoryGrowth = true,
  visibleGpus,
}: TensorflowOptions): NodeJS.ProcessEnv => ({
  ...(intraOpThreads !== undefined && { TF_NUM_INTRAOP_THREADS: String(intraOpThreads) }),
  ...(interOpThreads !== undefined && { TF_NUM_INTEROP_THREADS: String(interOpThreads) }),
  TF_FORCE_GPU_ALLOW_GROWTH: String(gpuMemoryGrowth),
  ...(visibleGpus !== undefined && { CUDA_VISIBLE_DEVICES: visibleGpus.join(",") }),
});
