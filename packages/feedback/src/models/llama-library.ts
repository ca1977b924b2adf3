import { ModelError } from "@accord-rl/core";

/** What is used of node-llama-cpp, an optional package. */
export interface LlamaLibrary {
  getLlama(options: { gpu: false; build: "never"; logLevel: string }): Promise<{
    loadModel(options: { modelPath: string }): Promise<LlamaModel>;
    dispose(): Promise<void>;
  }>;
  resolveChatWrapper(model: LlamaModel): ChatWrapper;
}

export interface LlamaModel {
  readonly trainContextSize: number;
  readonly tokenizer: unknown;
  createContext(options: { contextSize: number; threads: number; sequences: 1 }): Promise<{
    getSequence(): LlamaSequence;
    dispose(): Promise<void>;
  }>;
  tokenize(text: string, specialTokens: boolean): number[];
  detokenize(tokens: readonly number[], specialTokens: boolean): string;
}

/** How the next token is drawn: no cut-offs, which the library has by default. */
export interface Sampling {
  readonly temperature: number;
  readonly topK: 0;
  readonly topP: 1;
  readonly minP: 0;
  readonly seed?: number;
}

type Evaluated = { next: { probabilities?: Map<number, number> } } | undefined;

export interface LlamaSequence {
  clearHistory(): Promise<void>;
  evaluate(tokens: number[], options: Sampling): AsyncIterable<number>;
  controlledEvaluate(
    input: (number | [number, { generateNext: { probabilities: true; options: Sampling } }])[],
  ): Promise<Evaluated[]>;
}

interface ChatWrapper {
  generateContextState(options: {
    chatHistory: readonly (
      | { type: "system" | "user"; text: string }
      | { type: "model"; response: string[] }
    )[];
  }): { contextText: { tokenize(tokenizer: unknown): number[] } };
}

/** Imports node-llama-cpp. @throws ModelError that says what to install, where it is missing. */
export const importLlamaLibrary = async (): Promise<LlamaLibrary> => {
  const name: string = "node-llama-cpp"; // not a literal: it need not be there to compile
  try {
    return (await import(name)) as LlamaLibrary;
  } catch (cause) {
    const platform = `@node-llama-cpp/${process.platform === "win32" ? "win" : process.platform === "darwin" ? "mac" : "linux"}-${process.arch}`;
    const message = `can't be loaded (${(cause as Error).message.split("\n")[0]}); install it: npm install node-llama-cpp ${platform}`;
    throw new ModelError({ model: "node-llama-cpp", message, cause });
  }
};
