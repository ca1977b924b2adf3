import { describe, expect, it } from "vitest";
import { readOptions } from "./options.ts";

describe("readOptions", () => {
  it("has defaults, and takes them from the environment where it names them", () => {
    expect(readOptions(["ppo-iteration"], {})).toEqual({
      names: ["ppo-iteration"],
      repetitions: null,
      backend: "auto",
      python: null,
      out: null,
      isHelp: false,
    });
    const environment = { ACCORD_BACKEND: "wasm", ACCORD_PEER_PYTHON: "/usr/bin/python3" };
    expect(readOptions([], environment)).toMatchObject({ backend: "wasm", python: "/usr/bin/python3" });
  });

  it("says what is wrong with an option", () => {
    expect(() => readOptions(["--repetitions", "0"], {})).toThrow("expected an integer of 1 or more");
    expect(() => readOptions(["--backend", "tpu"], {})).toThrow("expected one of auto, gpu");
    expect(() => readOptions(["--speed"], {})).toThrow("--speed");
  });
});
