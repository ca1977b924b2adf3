import { InvalidArgumentError } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { requestedBackend } from "./backend-name.ts";

describe("requestedBackend", () => {
  it("takes the option, then the variable, then auto", () => {
    expect(requestedBackend("cpu", { ACCORD_BACKEND: "wasm" })).toBe("cpu");
    expect(requestedBackend("auto", { ACCORD_BACKEND: "wasm" })).toBe("auto");
    expect(requestedBackend(undefined, { ACCORD_BACKEND: " wasm " })).toBe("wasm");
    expect(requestedBackend(undefined, { ACCORD_BACKEND: "" })).toBe("auto");
    expect(requestedBackend(undefined, {})).toBe("auto");
  });

  it("names the source of an unknown name, and the names there are", () => {
    const attempt = () => requestedBackend(undefined, { ACCORD_BACKEND: "tpu" });
    expect(attempt).toThrow('ACCORD_BACKEND is "tpu", expected one of auto, gpu, webgpu, native, wasm, cpu');
    expect(() => requestedBackend("WASM", {})).toThrow('backend is "WASM"');
    expect(() => requestedBackend("toString", {})).toThrow("expected one of");
    try {
      attempt();
    } catch (error) {
      expect(InvalidArgumentError.isInstance(error)).toBe(true);
    }
  });
});
