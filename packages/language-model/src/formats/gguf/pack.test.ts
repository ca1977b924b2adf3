import { halfToFloat } from "@accord-rl/checkpoint";
import { describe, expect, it } from "vitest";
import golden from "../__fixtures__/gguf.json" with { type: "json" };
import { f16, floatToHalf, q8_0 } from "./pack.ts";
import { tensorType } from "./tensor-types.ts";

const decoded = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

describe("packed numbers are those of the gguf package, bit for bit", () => {
  it.each([f16, q8_0])("$name", ({ name, pack }) => {
    const { numbers, bytes } = golden.outputs.quantized[name];
    expect(pack(new Float32Array(decoded(numbers).buffer))).toEqual(decoded(bytes));
  });
});

describe("a binary16", () => {
  it("is itself when it is read and packed again, whatever its bits", () => {
    for (let bits = 0; bits < 2 ** 16; bits++) {
      const value = halfToFloat(bits);
      if (!Number.isNaN(value)) expect(floatToHalf(value)).toBe(bits);
    }
    expect(halfToFloat(floatToHalf(Number.NaN))).toBeNaN();
  });
  it("is infinite beyond the largest", () => {
    expect(floatToHalf(65519)).toBe(0x7bff);
    expect(floatToHalf(65520)).toBe(0x7c00); // half a step beyond 65504
    expect(floatToHalf(-1e30)).toBe(0xfc00);
  });
});

describe("a block of eight-bit numbers", () => {
  it("is off by at most half a step of its scale, which 11 bits hold", () => {
    const numbers = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i) * (i < 32 ? 1 : 1e-3));
    const result = new Float32Array(64);
    tensorType(q8_0.id)?.unpack(q8_0.pack(numbers), result);
    for (let i = 0; i < 64; i++) {
      const largest = i < 32 ? 1 : 1e-3;
      const error = Math.abs((result[i] as number) - (numbers[i] as number));
      expect(error).toBeLessThanOrEqual(largest * (0.5 / 127 + 2 ** -11));
    }
  });
});
