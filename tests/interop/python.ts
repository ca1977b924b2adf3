import { execFile } from "node:child_process";
import { join } from "node:path";

/** A message of a conversation. */
interface Message {
  readonly role: string;
  readonly content: string;
}

export interface PipelineRequest {
  readonly folders: Readonly<
    Record<
      string,
      {
        readonly folder: string;
        readonly prompts: readonly string[];
        readonly chats: readonly (readonly Message[])[];
      }
    >
  >;
  readonly texts: readonly string[];
  /** Tokens that each prompt is continued by, at most. */
  readonly tokens: number;
}

export interface PipelineAnswer {
  readonly ids: readonly (readonly number[])[];
  /** Tokens of "a" with what begins a text. */
  readonly begun: readonly number[];
  readonly written: readonly string[];
  readonly answered: readonly string[];
  readonly chats: readonly (readonly number[])[];
  readonly eos: number | readonly number[] | null;
  readonly generation_eos: number | readonly number[] | null;
}

const interpreter = (): string => {
  const python = process.env.ACCORD_PYTHON;
  if (python) return python;
  throw new Error(
    "ACCORD_PYTHON is not set. Name a Python with torch and transformers in it, or leave out this project.",
  );
};

/** What transformers' AutoTokenizer and pipeline make of folders, by their names. */
export const askTransformers = (
  request: PipelineRequest,
): Promise<Readonly<Record<string, PipelineAnswer>>> =>
  new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, "pipeline.py");
    const env = { ...process.env, HF_HUB_OFFLINE: "1" };
    const child = execFile(interpreter(), [script], { env, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`transformers could not use the folders:\n${stderr}`));
      else resolve(JSON.parse(stdout) as Record<string, PipelineAnswer>);
    });
    child.stdin?.end(JSON.stringify(request));
  });
