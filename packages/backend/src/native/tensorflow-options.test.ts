import { describe, expect, it } from "vitest";
import { kernelVariables } from "./tensorflow-options.ts";

describe("kernelVariables", () => {
  it("keeps memory for tensors that come, up to all there is, and multiplies by oneDNN on x64", () => {
    const variables = kernelVariables({});
    expect(variables.TF_CPU_ALLOCATOR_USE_BFC).toBe("true");
    expect(Number(variables.TF_CPU_BFC_MEM_LIMIT_IN_MB)).toBeGreaterThan(100);
    expect(variables.TF_ENABLE_ONEDNN_OPTS).toBe(process.arch === "x64" ? "1" : undefined);
  });

  it("leaves what the user sets", () => {
    const own = { TF_CPU_ALLOCATOR_USE_BFC: "false", TF_CPU_BFC_MEM_LIMIT_IN_MB: "512" };
    expect(kernelVariables(own)).toMatchObject(own);
  });
});
