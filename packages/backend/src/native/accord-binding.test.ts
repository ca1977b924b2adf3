import { describe, expect, it } from "vitest";
import { productGraph } from "../__fixtures__/graphs.ts";
import { describeOwnAddon, take } from "../__fixtures__/own-binding.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describeOwnAddon("our own addon", (b) => {
  describe("tensors", () => {
    it.each([
      ["TF_FLOAT", [3], Float32Array.of(1.5, -0, Number.NaN)],
      ["TF_DOUBLE", [2], Float64Array.of(0.1, 1e300)],
      ["TF_INT32", [1, 2], Int32Array.of(-(2 ** 31), 7)],
      ["TF_INT64", [2], BigInt64Array.of(-1n, 2n ** 62n)],
      ["TF_UINT64", [1], BigUint64Array.of(2n ** 64n - 1n)],
      ["TF_BOOL", [2], Uint8Array.of(1, 0)],
      ["TF_UINT8", [2], Uint8Array.of(255, 0)],
      ["TF_INT8", [2], Int8Array.of(-128, 1)],
      ["TF_INT16", [2], Int16Array.of(-3, 4)],
      ["TF_UINT16", [2], Uint16Array.of(65535, 4)],
      ["TF_UINT32", [1], Uint32Array.of(2 ** 32 - 1)],
      ["TF_HALF", [1], Uint16Array.of(0x3c00)],
      ["TF_BFLOAT16", [1], Uint16Array.of(0x3f80)],
      ["TF_COMPLEX64", [1, 2], Float32Array.of(1, 2, 3, 4)],
      ["TF_FLOAT", [], Float32Array.of(7)],
      ["TF_FLOAT", [0, 3], new Float32Array()],
      [
        "TF_STRING",
        [2, 2],
        ["", "a\0b", "é", "long enough to be allocated by itself".repeat(100)].map(bytes),
      ],
      ["TF_STRING", [0], []],
    ] as const)("of %s %j keep their values, in a copy", (type, shape, values) => {
      const id = b.createTensor(shape, b[type], values);
      const read = b.tensorDataSync(id);
      expect(read).toEqual(values);
      if (ArrayBuffer.isView(values)) new Uint8Array(values.buffer).fill(0);
      expect(b.tensorDataSync(id)).toEqual(read);
      b.deleteTensor(id);
    });

    it("of int64 take pairs of int32, low part first", () => {
      const id = b.createTensor([2], b.TF_INT64, Int32Array.of(5, 0, -2, -1));
      expect(b.tensorDataSync(id)).toEqual(BigInt64Array.of(5n, -2n));
      b.deleteTensor(id);
    });

    it("read a part of a larger buffer", () => {
      const whole = Float32Array.of(1, 2, 3, 4);
      expect(take(b, { id: b.createTensor([2], b.TF_FLOAT, whole.subarray(1, 3)) })).toEqual([2, 3]);
    });
  });

  describe("wrong arguments", () => {
    const wrong = b as unknown as Record<string, (...values: unknown[]) => unknown>;
    const attribute = (value: object) => ["MatMul", [value], [], 1];
    it.each<[string, unknown[]]>([
      ["createTensor", []],
      ["createTensor", [[2], 1, [1, 2]]],
      ["createTensor", [[2], 1, Int32Array.of(1, 2)]],
      ["createTensor", [[3], 1, Float32Array.of(1, 2)]],
      ["createTensor", [[-1], 1, Float32Array.of()]],
      ["createTensor", [[0.5], 1, Float32Array.of(1)]],
      ["createTensor", [[2 ** 40, 2 ** 40], 1, Float32Array.of(1)]],
      ["createTensor", [[1], 99, Float32Array.of(1)]],
      ["createTensor", [[1], 7, ["text"]]],
      ["createTensor", [[2], 7, [bytes("one")]]],
      ["deleteTensor", ["1"]],
      ["tensorDataSync", [Number.NaN]],
      ["executeOp", ["", [], [], 1]],
      ["executeOp", [null, [], [], 1]],
      ["executeOp", ["MatMul", {}, [], 1]],
      ["executeOp", ["MatMul", [], null, 1]],
      ["executeOp", ["MatMul", [], ["x"], 1]],
      ["executeOp", ["MatMul", [], [], -1]],
      ["executeOp", ["MatMul", [], [], 1e9]],
      ["executeOp", attribute({})],
      ["executeOp", attribute({ name: "T", type: "1", value: 1 })],
      ["executeOp", attribute({ name: "T", type: 99, value: 1 })],
      ["executeOp", attribute({ name: "T", type: b.TF_ATTR_TYPE, value: [1, "x"] })],
      ["executeOpAsync", [1]],
      ["addFunction", ["f", [1], [], []]],
      ["addFunction", ["f", productGraph, "x:0", []]],
      ["addFunction", ["", productGraph, [], []]],
      ["removeFunction", [7]],
      ["loadSavedModel", []],
      ["runSavedModel", ["x"]],
      ["start", ["x"]],
    ])("of %s are TypeErrors (%#)", (name, values) => {
      const before = b.getNumOfTensors();
      expect(() => wrong[name]!(...values)).toThrow(TypeError);
      expect(b.getNumOfTensors()).toBe(before);
    });

    it("that name nothing are errors", () => {
      for (const method of ["deleteTensor", "tensorDataSync"]) {
        expect(() => wrong[method]!(-1)).toThrow(
          `${method}: there is no tensor -1: it was deleted, or never made`,
        );
      }
      expect(() => b.executeOp("MatMul", [], [-1, -1], 1)).toThrow("MatMul: there is no tensor -1");
      expect(() => b.executeOp("NoOp", [], [], 1)).toThrow("NoOp has 0 outputs, expected 1");
      expect(() => b.deleteSavedModel(-1)).toThrow("there is no saved model -1");
      expect(() => b.start(Uint8Array.of(16, 3))).toThrow("runs in this thread already, with other options");
    });

    it("that throw while they are read throw their own", () => {
      const trap = {
        get name(): string {
          throw new RangeError("mine");
        },
      };
      expect(() => wrong.executeOp!("MatMul", [trap], [], 1)).toThrow(RangeError);
    });
  });
});
