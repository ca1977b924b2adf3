import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CheckpointError } from "@accord-rl/core";
import * as tf from "@tensorflow/tfjs-core";
import { afterEach, describe, expect, it, vi } from "vitest";
import golden from "./__fixtures__/odd-folders.json" with { type: "json" };
import { loadModel } from "./load-model.ts";
import { writeGoldenFolder } from "./test-golden-model.ts";

const { inputs, outputs } = golden;
const folders: string[] = [];
const folderOf = async (name: keyof typeof outputs): Promise<string> => {
  const folder = await writeGoldenFolder(outputs[name].files);
  folders.push(folder);
  return folder;
};
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
  vi.restoreAllMocks();
});

const expectLogits = async (path: string, expected: readonly number[]): Promise<boolean> => {
  const { model } = await loadModel(path);
  const ids = tf.tensor2d([inputs.tokens], undefined, "int32");
  const logits = model.logits(model.hidden(ids, tf.ones([1, inputs.tokens.length])));
  expect(tf.reshape(logits, [-1])).toBeAllClose(expected, { rtol: 1e-5, atol: 1e-5 });
  const { tiedOutput } = model.config;
  model.dispose();
  return tiedOutput;
};

describe("a folder says what transformers says, where its file", () => {
  it("has an output layer that differs from the embedding, against config.json; with a warning", async () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    expect(await expectLogits(await folderOf("separateHead"), outputs.separateHead.logits)).toBe(false);
    expect(warn.mock.calls[0]?.[0]).toContain("lm_head.weight differs from it");
  });

  it("repeats the embedding as the output layer; without one", async () => {
    const warn = vi.spyOn(process, "emitWarning");
    expect(await expectLogits(await folderOf("equalHead"), outputs.equalHead.logits)).toBe(true);
    expect(warn).not.toHaveBeenCalled();
  });

  it.each(["byteMasks", "float64", "float8E4m3", "float8E5m2"] as const)("holds %s", async (name) => {
    await expectLogits(await folderOf(name), outputs[name].logits);
  });
});

it("a folder with quantized weights is refused with a way forward", async () => {
  const path = join(await folderOf("float8E4m3"), "config.json");
  const config = JSON.parse(await readFile(path, "utf8"));
  await writeFile(path, JSON.stringify({ ...config, quantization_config: { quant_method: "fp8" } }));
  const loading = loadModel(join(path, ".."));
  await expect(loading).rejects.toThrow(
    /are quantized \("fp8"\), which is not supported yet\. .* dequantize\(\)/,
  );
});

describe("a GGUF file in parts", () => {
  const path = (folder: string, part: number) => join(folder, `model-0000${part}-of-00003.gguf`);

  it("is read as a whole", async () => {
    await expectLogits(path(await folderOf("splitGguf"), 1), outputs.splitGguf.logits);
  });

  it.each([2, 3])("names part %i where it is the first that is missing", async (part) => {
    const folder = await folderOf("splitGguf");
    for (let missing = part; missing <= 3; missing++) await rm(path(folder, missing));
    const loading = loadModel(path(folder, 1));
    await expect(loading).rejects.toBeInstanceOf(CheckpointError);
    await expect(loading).rejects.toThrow(`${path(folder, part)} is missing`);
  });

  it("wants the first part", async () => {
    const loading = loadModel(path(await folderOf("splitGguf"), 2));
    await expect(loading).rejects.toThrow("load the first, whose name ends in -00001-of-00003.gguf");
  });

  it("refuses the part of another model", async () => {
    const folder = await folderOf("splitGguf");
    await writeFile(path(folder, 3), await readFile(path(folder, 2)));
    await expect(loadModel(path(folder, 1))).rejects.toThrow("the parts are of two models");
  });
});

describe("JSON that nests a million levels deep", () => {
  const deep = `{"a":${"[".repeat(1_000_000)}`;
  it.each(["config.json", "generation_config.json", "model.safetensors.index.json"])(
    "in %s",
    async (name) => {
      const folder = await folderOf("equalHead");
      if (name.includes("index")) await rm(join(folder, "model.safetensors"));
      await writeFile(join(folder, name), deep);
      const loading = loadModel(folder);
      await expect(loading).rejects.toBeInstanceOf(CheckpointError);
      await expect(loading).rejects.toThrow("nests 1000001 levels deep, expected at most 100");
    },
  );
});
