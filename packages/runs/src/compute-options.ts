import { z } from "zod";

/** Where and how an app computes, and whether it is timed: to be spread into its schema. The names are those of `backend`. */
export const computeOptions = {
  backend: z
    .enum(["auto", "gpu", "native", "webgpu", "wasm", "cpu"])
    .default("auto")
    .describe("where tensors are computed"),
  matmulPrecision: z
    .enum(["float32", "bfloat16"])
    .optional()
    .describe(
      "how matrices are multiplied: bfloat16 is less exact, and faster on native TensorFlow where the processor has it [default: float32]",
    ),
  profile: z
    .boolean()
    .default(false)
    .describe("write a Chrome trace, profile.json, and a table of where the time went"),
};

/** They may differ on resume. */
export const computeOptionNames = ["backend", "matmulPrecision", "profile"] as const;
