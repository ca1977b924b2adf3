import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../__fixtures__/fake-machine.ts";
import { productGraph, productNodes } from "../__fixtures__/graphs.ts";
import { describeOwnAddon, leavingNothing, product, sum, take } from "../__fixtures__/own-binding.ts";
import { encodeSavedModel } from "../compile/graph.ts";

describeOwnAddon("calls of our own addon", (b) => {
  describe("executeOp", () => {
    it("gives number, shape and type of each output", () =>
      leavingNothing(b, (x, w) => {
        const [output, ...rest] = b.executeOp("MatMul", [], [x, w], 1);
        expect(rest).toEqual([]);
        expect(output).toEqual({ id: expect.any(Number), shape: [2, 2], dtype: b.TF_FLOAT });
        expect(take(b, output!)).toEqual(product);
      }));

    it("believes the inputs rather than an attribute that says otherwise", () =>
      leavingNothing(b, (x) => {
        const wrong = [{ name: "T", type: b.TF_ATTR_TYPE, value: b.TF_INT32 }];
        expect(take(b, b.executeOp("Neg", wrong, [x], 1)[0]!)).toEqual([-1, -2, -3, -4]);
      }));

    it("takes attributes of every kind, and lists of them", () =>
      leavingNothing(b, (x) => {
        const run = (name: string, attributes: [string, number, unknown][], inputs: number[], count = 1) =>
          b
            .executeOp(
              name,
              attributes.map(([name, type, value]) => ({ name, type, value })),
              inputs,
              count,
            )
            .map((output) => take(b, output));
        const transposed: [string, number, unknown][] = [["transpose_a", b.TF_ATTR_BOOL, true]];
        expect(run("MatMul", transposed, [x, x])).toEqual([[10, 14, 14, 20]]);
        expect(run("LeakyRelu", [["alpha", b.TF_ATTR_FLOAT, 0.5]], [x])).toEqual([[1, 2, 3, 4]]);
        expect(run("Squeeze", [["squeeze_dims", b.TF_ATTR_INT, []]], [x])).toEqual([[1, 2, 3, 4]]);
        expect(run("Cast", [["DstT", b.TF_ATTR_TYPE, b.TF_BOOL]], [x])).toEqual([[1, 1, 1, 1]]);
        const buffer: [string, number, unknown][] = [
          ["dtype", b.TF_ATTR_TYPE, b.TF_FLOAT],
          ["shape", b.TF_ATTR_SHAPE, [2, 2]],
          ["shared_name", b.TF_ATTR_STRING, "é"],
        ];
        const [variable] = b.executeOp(
          "VarHandleOp",
          buffer.map(([name, type, value]) => ({ name, type, value })),
          [],
          1,
        );
        expect(run("AssignVariableOp", [], [variable!.id, x], 0)).toEqual([]);
        expect(run("ReadVariableOp", [["dtype", b.TF_ATTR_TYPE, b.TF_FLOAT]], [variable!.id])).toEqual([
          [1, 2, 3, 4],
        ]);
        expect(() => b.tensorDataSync(variable!.id)).toThrow("tensors of type 20 can't be read");
        b.deleteTensor(variable!.id);
        expect(run("IdentityN", [["T", b.TF_ATTR_TYPE, [b.TF_FLOAT, b.TF_FLOAT]]], [x, x], 2)).toHaveLength(
          2,
        );
        expect(() => run("Unstage", [["dtypes", b.TF_ATTR_TYPE, "float"]], [])).toThrow(TypeError);
      }));
  });

  describe("functions", () => {
    it("are called by their name, with XLA where it is asked for, and gone when they are removed", () =>
      leavingNothing(b, (x, w) => {
        b.addFunction("product", productGraph, ["x:0", "w:0"], ["y:0", "z:0"]);
        for (const xla of [false, true, false]) {
          const attributes = [{ name: "_XlaMustCompile", type: b.TF_ATTR_BOOL, value: xla }];
          const outputs = b.executeOp("product", xla ? attributes : [], [x, w], 2);
          expect(outputs.map((output) => take(b, output))).toEqual([product, sum]);
        }
        expect(() => b.addFunction("product", productGraph, ["x:0", "w:0"], ["y:0"])).toThrow(
          "addFunction: product: there is a function of this name already: remove it first",
        );
        b.removeFunction("product");
        expect(() => b.executeOp("product", [], [x, w], 2)).toThrow("product: 'product' is neither");
        expect(() => b.removeFunction("product")).toThrow("removeFunction: there is no function product");
        b.addFunction("product", productGraph, ["w:0", "x:0"], ["y"]); // the name is free again
        expect(b.executeOp("product", [], [w, x], 1).map((output) => take(b, output))).toEqual([product]);
        b.removeFunction("product");
      }));

    it("are refused with TensorFlow's words where the graph is none", () => {
      const add = (graph: Uint8Array, inputs: string[], outputs: string[]) => () =>
        b.addFunction("refused", graph, inputs, outputs);
      expect(add(productGraph.subarray(1), ["x:0"], ["y:0"])).toThrow(
        "addFunction: refused: Invalid GraphDef",
      );
      expect(add(productGraph, ["none:0"], ["y:0"])).toThrow("inputs: the graph has no output none:0");
      expect(add(productGraph, ["x:0"], ["y:1"])).toThrow("outputs: the graph has no output y:1");
      expect(add(productGraph, ["x:0", "x:0"], ["y:0"])).toThrow("x:0 appears more than once");
      expect(add(productGraph, ["x:-1"], ["y:0"])).toThrow("the graph has no output x:-1");
    });
  });

  describe("executeOpAsync", () => {
    it("runs calls in order, keeps their inputs, and leaves the event loop free", () =>
      leavingNothing(b, async (x, w) => {
        b.addFunction("later", productGraph, ["x:0", "w:0"], ["y:0", "z:0"]);
        const copy = b.executeOp("Identity", [], [x], 1)[0]!.id;
        const order: number[] = [];
        const calls = [0, 1, 2, 3].map(async (i) => {
          const outputs = await b.executeOpAsync("later", [], [copy, w], 2);
          order.push(i);
          return outputs.map((output) => take(b, output));
        });
        b.deleteTensor(copy);
        b.removeFunction("later"); // once they have run
        expect(order).toEqual([]);
        expect(await Promise.all(calls)).toEqual(Array(4).fill([product, sum]));
        expect(order).toEqual([0, 1, 2, 3]);
      }));

    it("rejects with TensorFlow's words, and goes on", () =>
      leavingNothing(b, async (x, w) => {
        const wrong = b.executeOpAsync("MatMul", [], [x], 1);
        const right = b.executeOpAsync("MatMul", [], [x, w], 1);
        await expect(wrong).rejects.toMatchObject({
          message: expect.stringMatching(/^MatMul: .*inputs/),
          code: "INVALID_ARGUMENT",
        });
        expect(take(b, (await right)[0]!)).toEqual(product);
      }));
  });

  it("runs saved models", () =>
    leavingNothing(b, (x, w) => {
      const folder = temporaryFolder();
      mkdirSync(join(folder, "variables"));
      writeFileSync(join(folder, "saved_model.pb"), encodeSavedModel(productNodes));
      const before = b.getNumOfSavedModels();
      const model = b.loadSavedModel(folder, "serve");
      expect(b.getNumOfSavedModels()).toBe(before + 1);
      const outputs = b.runSavedModel(model, [x, w], "x:0,w:0", "y:0,z");
      expect(outputs.map((output) => take(b, output))).toEqual([product, sum]);
      expect(() => b.runSavedModel(model, [x, w], "x:0", "y:0")).toThrow(TypeError);
      expect(() => b.runSavedModel(model, [x], "x:0", "none:0")).toThrow("the graph has no output none:0");
      b.deleteSavedModel(model);
      expect(() => b.runSavedModel(model, [x], "x:0", "y:0")).toThrow("there is no saved model");
      expect(() => b.loadSavedModel("/nowhere", "serve")).toThrow(
        "loadSavedModel: Could not find SavedModel",
      );
    }));
});
