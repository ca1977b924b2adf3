import { createCompile } from "@accord-rl/backend";

/** For updates of small networks, most of which is calls: XLA where it is there. */
export const compileSmall = () => createCompile({ xla: true });

/** For language models: XLA for writing where it proves faster, plain graphs for all else. */
export const compileLanguageModel = () =>
  createCompile({ xla: (name) => (name === "policy.writeTokens" ? "auto" : false) });
