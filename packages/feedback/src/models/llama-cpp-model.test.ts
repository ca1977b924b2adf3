import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidArgumentError, ModelError } from "@accord-rl/core";
import { afterAll, expect, test } from "vitest";
import { createLlamaCppModel } from "./llama-cpp-model.ts";
import type { LlamaLibrary, LlamaSequence } from "./llama-library.ts";

const folder = mkdtempSync(join(tmpdir(), "accord-llama-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "tiny.gguf");
writeFileSync(path, "GGUF");

/** A library whose tokens are characters: after a character it says the next of the alphabet, with probability ¾. */
const createLibrary = () => {
  const cleared = { times: 0 };
  const next = (token: number) =>
    new Map([
      [token + 1, 0.75],
      [token + 2, 0.25],
    ]);
  const sequence: LlamaSequence = {
    clearHistory: async () => {
      cleared.times++;
    },
    controlledEvaluate: async (input) =>
      input.map((item) =>
        typeof item === "number" ? undefined : { next: { probabilities: next(item[0]) } },
      ),
    evaluate: async function* (tokens) {
      for (let token = tokens.at(-1)! + 1; token <= "z".charCodeAt(0); token++) yield token;
    },
  };
  const codes = (text: string) => [...text].map((character) => character.charCodeAt(0));
  const library: LlamaLibrary = {
    getLlama: async () => ({
      loadModel: async () => ({
        trainContextSize: 30,
        tokenizer: undefined,
        createContext: async () => ({ getSequence: () => sequence, dispose: async () => {} }),
        tokenize: codes,
        detokenize: (tokens) => String.fromCharCode(...tokens),
      }),
      dispose: async () => {},
    }),
    resolveChatWrapper: () => ({
      generateContextState: ({ chatHistory }) => {
        const texts = chatHistory.map((item) => (item.type === "model" ? item.response.join("") : item.text));
        return { contextText: { tokenize: () => codes(texts.join("")) } };
      },
    }),
  };
  return { cleared, load: async () => library };
};

const ask = (content: string) => [{ role: "user", content } as const];

test("scores candidates of any length exactly, and continues an answer that has begun", async () => {
  const { load, cleared } = createLibrary();
  const model = await createLlamaCppModel({ path, load });
  const scores = await model.scoreCandidates(
    [ask("a"), [...ask("x"), { role: "assistant", content: "b" }]],
    ["b", "cd", "ce", "x"],
  );
  const [likely, less, none] = [Math.log(0.75), Math.log(0.25), Number.NEGATIVE_INFINITY];
  expect(scores[0]).toEqual([likely, less + likely, less * 2, none]);
  expect(scores[1]).toEqual([none, likely * 2, likely + less, none]);
  expect(cleared.times).toBe(6); // each reading starts from an empty context
});

test("completes up to the limit or the end", async () => {
  const model = await createLlamaCppModel({ path, load: createLibrary().load });
  expect(await model.complete([ask("a"), ask("w")], { maxNewTokens: 4 })).toEqual([
    { text: "bcde", finished: false, inputTokens: 1, outputTokens: 4 },
    { text: "xyz", finished: true, inputTokens: 1, outputTokens: 3 },
  ]);
  await model.dispose();
});

test("refuses what does not fit, and says what is missing", async () => {
  const model = await createLlamaCppModel({ path, load: createLibrary().load });
  const error = await model
    .complete([ask("a".repeat(28))], { maxNewTokens: 4 })
    .catch((thrown: unknown) => thrown);
  expect(ModelError.isInstance(error) && error.isRefusal).toBe(true);
  expect(String(error)).toContain("has 28 tokens, and 4 more exceed the context of 30; shorten it");
  await expect(createLlamaCppModel({ path: join(folder, "none.gguf") })).rejects.toThrow(
    /none\.gguf: is not there/,
  );
  await expect(createLlamaCppModel({ path, threads: 0 })).rejects.toThrow(InvalidArgumentError);
  await expect(createLlamaCppModel({ path })).rejects.toThrow(
    /install it: npm install node-llama-cpp @node-llama-cpp/,
  );
});
