import { z } from "zod";

const hasPassword = (name: string): boolean => /^https?:/.test(name) && /\/\/[^/?#]*@/.test(name);

/** The option that names the model that labels. It is kept in the run's folder, so it may hold no password. */
export const labelerOption = z
  .string()
  .min(1)
  .refine((name) => !hasPassword(name), {
    message:
      "holds a user or password, which would be kept in the run's folder; leave it out, and put the key into OPENAI_API_KEY",
  })
  .default("smollm2-135m-instruct")
  .describe(
    "model that labels: an asset's name, a GGUF file or a Hugging Face folder, or URL#model of an OpenAI-compatible server (key in OPENAI_API_KEY)",
  );
