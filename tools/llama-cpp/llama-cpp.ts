/** What is used of node-llama-cpp, which is no dependency of this repository. */
interface Llama {
  loadModel(options: { modelPath: string }): Promise<{
    createContext(options: { contextSize: number; threads: number; sequences: 1 }): Promise<{
      getSequence(): {
        clearHistory(): Promise<void>;
        evaluate(tokens: number[], options: { temperature: 0; yieldEogToken: true }): AsyncIterable<number>;
      };
      dispose(): Promise<void>;
    }>;
    dispose(): Promise<void>;
  }>;
}

const load = async (): Promise<Llama> => {
  const name: string = "node-llama-cpp"; // not a literal: it need not be there to compile
  try {
    const { getLlama } = await import(name);
    return await getLlama({ gpu: false, build: "never", logLevel: "error" });
  } catch (cause) {
    const hint = `npm install --no-save node-llama-cpp@3.22.1 @node-llama-cpp/${process.platform}-${process.arch}@3.22.1`;
    throw new Error(`node-llama-cpp can't be loaded: ${hint}`, { cause });
  }
};

/** The most likely tokens after each prompt, by llama.cpp on the CPU. */
export const continueGreedily = async (
  modelPath: string,
  prompts: readonly (readonly number[])[],
  newTokens: number,
): Promise<number[][]> => {
  const llama = await load();
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({ contextSize: 512, threads: 1, sequences: 1 });
  const sequence = context.getSequence();
  const responses: number[][] = [];
  for (const prompt of prompts) {
    await sequence.clearHistory();
    const response: number[] = [];
    for await (const token of sequence.evaluate([...prompt], { temperature: 0, yieldEogToken: true })) {
      response.push(token);
      if (response.length === newTokens) break;
    }
    responses.push(response);
  }
  await context.dispose();
  await model.dispose();
  return responses;
};
