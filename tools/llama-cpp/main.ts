/**
 * Does llama.cpp continue what `saveGguf` wrote as we do? `npm run llama-cpp`, after
 * `npm install --no-save node-llama-cpp@3.22.1`.
 *
 * SmolLM2 is saved as F16 and as Q8_0; both engines continue the same tokens greedily. F16 must agree in every token;
 * Q8_0 is reported: llama.cpp rounds activations to 8 bits there, which moves close calls.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fetchAsset, modelPath } from "@accord-rl/assets";
import { createCompile, startBackend } from "@accord-rl/backend";
import { createRandom } from "@accord-rl/core";
import {
  createTextPolicy,
  f16,
  loadModel,
  loadTokenizer,
  q8_0,
  readGguf,
  saveGguf,
} from "@accord-rl/language-model";
import { formatTable } from "@accord-rl/runs";
import { continueGreedily } from "./llama-cpp.ts";

const newTokens = 64;
const openings = [
  "The capital of France is",
  "Once upon a time, in a village by the sea,",
  "To make bread, you need",
];

const backend = await startBackend();
console.log(`backend: ${backend.name} (${backend.description})`);
const original = modelPath(await fetchAsset("smollm2-135m-instruct", { log: console.log }));
const folder = mkdtempSync(join(tmpdir(), "accord-llama-cpp-"));
try {
  const [{ model }, tokenizer, file] = await Promise.all([
    loadModel(original),
    loadTokenizer(original),
    readGguf(original),
  ]);
  const { metadata } = file;
  await file.close();
  const prompts = openings.map((text) => tokenizer.encode(text));
  const rows: { type: string; prompt: string; "same tokens": string }[] = [];
  for (const type of [f16, q8_0]) {
    const path = join(folder, `${type.name}.gguf`);
    await saveGguf(model, path, { type, metadata });
    // What was written is read again: both engines start from the same rounded weights.
    const saved = await loadModel(path);
    const policy = createTextPolicy(saved.model, { compile: createCompile() });
    const ours = await policy.generate(prompts, {
      maxNewTokens: newTokens,
      greedy: true,
      random: createRandom(1),
    });
    policy.dispose();
    const theirs = await continueGreedily(path, prompts, newTokens);
    ours.responses.forEach((response, i) => {
      const differs = response.findIndex((token, t) => token !== theirs[i]![t]);
      const same = differs < 0 ? response.length : differs;
      rows.push({ type: type.name, prompt: openings[i]!, "same tokens": `${same} of ${response.length}` });
      if (type === f16 && differs >= 0) process.exitCode = 1;
    });
  }
  console.log(formatTable(rows));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
