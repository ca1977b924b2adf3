import { CheckpointError, type Json } from "@accord-rl/core";
import { parseSealedJson } from "./sealed-json.ts";

/** What the JSON file of a checkpoint says, besides its own hash. */
export interface Manifest {
  readonly format: "accord-rl-checkpoint";
  readonly version: 2;
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

const parse = (text: string): ReturnType<typeof parseSealedJson> | undefined => {
  try {
    return parseSealedJson(text);
  } catch {
    return undefined;
  }
};

/**
 * @returns what is damaged, as a text, or the manifest.
 * @throws CheckpointError when the text is the whole manifest of another release.
 */
export const parseManifest = (text: string, path: string): Manifest | string => {
  const parsed = parse(text);
  if (parsed === undefined) return "its manifest is not JSON";
  const { value, isIntact } = parsed;
  if (!isObject(value) || value.format !== "accord-rl-checkpoint") return "its manifest is of another format";
  // Version 1 had no hash of the manifest, so that nothing tells whether it is intact.
  if (isIntact ? value.version !== 2 : value.version === 1) {
    const message = `the checkpoint has version ${value.version}, expected 2; load it with the release that wrote it, or start anew`;
    throw new CheckpointError({ path, message });
  }
  if (!isIntact) return "its manifest does not match its own sha256";
  return isManifest(value) ? value : "its manifest lacks fields";
};
