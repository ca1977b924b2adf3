import { totalmem } from "node:os";
import { InvalidArgumentError } from "@accord-rl/core";
import { createProtobufWriter } from "../compile/protobuf.ts";

export const matmulPrecisions = ["float32", "bfloat16"] as const;
export type MatmulPrecision = (typeof matmulPrecisions)[number];

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
  /**
   * Of the products of float32 matrices on the CPU. "bfloat16" rounds what is multiplied to 8 bits and sums in float32:
   * faster, and less exact. It takes a processor with AMX: oneDNN does so on no other. Default: "float32", or what the
   * variable ONEDNN_DEFAULT_FPMATH_MODE says.
   */
  readonly matmulPrecision?: MatmulPrecision | undefined;
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
  const { matmulPrecision } = options;
  if (matmulPrecision !== undefined && !matmulPrecisions.includes(matmulPrecision)) {
    throw new InvalidArgumentError({
      argument: "matmulPrecision",
      value: matmulPrecision,
      message: `tensorflow.matmulPrecision is ${JSON.stringify(matmulPrecision)}, expected one of ${matmulPrecisions.join(", ")}`,
    });
  }
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

/** What oneDNN, which multiplies matrices for TensorFlow on the CPU, reads from the environment at its first product. */
export const matmulVariables = ({ matmulPrecision }: TensorflowOptions): NodeJS.ProcessEnv =>
  matmulPrecision === undefined
    ? {}
    : { ONEDNN_DEFAULT_FPMATH_MODE: matmulPrecision === "bfloat16" ? "BF16" : "STRICT" };

/**
 * What makes TensorFlow's CPU kernels fast, and is off by itself. Read once, before the first operation.
 *
 * Memory of tensors that are gone is kept for those that come, up to all that the machine has: otherwise the larger ones
 * go back to the system at once, which hands out empty pages for each tensor of a step. And oneDNN multiplies matrices on
 * every x64 processor, not only on those with instructions for neural networks.
 *
 * @param environment  what it sets already stays
 */
export const kernelVariables = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const megabytes = Math.ceil(totalmem() / 2 ** 20);
  return {
    TF_CPU_ALLOCATOR_USE_BFC: environment.TF_CPU_ALLOCATOR_USE_BFC ?? "true",
    TF_CPU_BFC_MEM_LIMIT_IN_MB: environment.TF_CPU_BFC_MEM_LIMIT_IN_MB ?? String(megabytes),
    ...(process.arch === "x64" && { TF_ENABLE_ONEDNN_OPTS: environment.TF_ENABLE_ONEDNN_OPTS ?? "1" }),
  };
};
