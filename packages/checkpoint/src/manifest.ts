import { CheckpointError, type Json } from "@accord-rl/core";

/** What the JSON file of a checkpoint says. */
export interface Manifest {
  readonly format: "accord-rl-checkpoint";
  readonly version: 1;
  /** The tensors' file that belongs to this manifest, and to no other. */
  readonly tensors: { readonly bytes: number; readonly sha256: string };
  readonly parts: Readonly<Record<string, Json>>;
  readonly json: Json;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isManifest = (value: unknown): value is Manifest =>
  isObject(value) &&
  isObject(value.tensors) &&
  Number.isSafeInteger(value.tensors.bytes) &&
  typeof value.tensors.sha256 === "string" &&
  isObject(value.parts) &&
  "json" in value;

/** @throws CheckpointError when the text is no manifest of a version that is known. */
export const parseManifest = (text: string, path: string): Manifest => {
  const fail = (message: string, cause?: unknown): never => {
    throw new CheckpointError({ path, message, cause });
  };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return fail("the checkpoint's manifest is not JSON; it is damaged", cause);
  }
  if (!isObject(value) || value.format !== "accord-rl-checkpoint") return fail("not a checkpoint's manifest");
  if (value.version !== 1) {
    return fail(`the checkpoint has version ${value.version}, expected 1; it needs a newer release`);
  }
  return isManifest(value) ? value : fail("the checkpoint's manifest lacks fields; it is damaged");
};
