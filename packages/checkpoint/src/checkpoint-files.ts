import { createHash } from "node:crypto";
import {
  CheckpointError,
  InvalidArgumentError,
  type Json,
  type State,
  type TensorData,
} from "@accord-rl/core";
import { checkJson } from "./json.ts";
import type { Manifest } from "./manifest.ts";
import { decodeSafetensors, safetensorsPieces } from "./safetensors.ts";
import { sealJson } from "./sealed-json.ts";

/** The state of every part of a run, by the part's name, and whatever else the run must remember. */
export interface Checkpoint {
  readonly parts: Readonly<Record<string, State>>;
  readonly json: Json;
}

/** The two files of a checkpoint folder. */
export const manifestName = "manifest.json";
export const tensorsName = "tensors.safetensors";

const sha256 = (pieces: readonly Uint8Array[]): string => {
  const hash = createHash("sha256");
  for (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
};

/** "policy" and "layer/0" become "policy/layer/0": part names hold no slash, so the first one divides. */
const joinTensors = (parts: Checkpoint["parts"]): Record<string, TensorData> => {
  const wrong = Object.keys(parts).find((name) => name === "" || name.includes("/"));
  if (wrong !== undefined) {
    const message = `saveCheckpoint: a part is named "${wrong}", expected a name without "/"`;
    throw new InvalidArgumentError({ argument: "parts", value: wrong, message });
  }
  return Object.fromEntries(
    Object.entries(parts).flatMap(([part, { tensors }]) =>
      Object.entries(tensors).map(([name, tensor]) => [`${part}/${name}`, tensor]),
    ),
  );
};

/**
 * The contents of both files; the tensors as views of their own memory, so that nothing large is copied.
 * @throws InvalidArgumentError when a state can't be stored.
 */
export const encodeCheckpoint = ({ parts, json }: Checkpoint) => {
  checkJson(json, "json");
  for (const [name, part] of Object.entries(parts)) checkJson(part.json, `parts.${name}.json`);
  const tensors = safetensorsPieces(joinTensors(parts));
  const bytes = tensors.reduce((sum, piece) => sum + piece.length, 0);
  const manifest: Manifest = {
    format: "accord-rl-checkpoint",
    version: 2,
    tensors: { bytes, sha256: sha256(tensors) },
    parts: Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.json])),
    json,
  };
  return { bytes, tensors, manifest: new TextEncoder().encode(sealJson(JSON.stringify(manifest, null, 2))) };
};

/**
 * Puts a checkpoint together again.
 * @throws CheckpointError when the tensors' file is damaged, or belongs to another manifest.
 */
export const decodeCheckpoint = (manifest: Manifest, bytes: Uint8Array, path: string): Checkpoint => {
  const fail = (problem: string): never => {
    throw new CheckpointError({ path, message: problem });
  };
  if (bytes.length !== manifest.tensors.bytes) {
    fail(`it has ${bytes.length} bytes where its manifest says ${manifest.tensors.bytes}`);
  }
  if (sha256([bytes]) !== manifest.tensors.sha256) fail("it is not the file that its manifest describes");
  const byPart = new Map(Object.keys(manifest.parts).map((name) => [name, [] as [string, TensorData][]]));
  for (const [name, tensor] of Object.entries(decodeSafetensors(bytes, path).tensors)) {
    const slash = name.indexOf("/");
    const part =
      byPart.get(name.slice(0, slash)) ?? fail(`it holds "${name}", whose part the manifest lacks`);
    part.push([name.slice(slash + 1), tensor]);
  }
  const parts = [...byPart].map(([name, tensors]): [string, State] => [
    name,
    { tensors: Object.fromEntries(tensors), json: manifest.parts[name] as Json },
  ]);
  return { parts: Object.fromEntries(parts), json: manifest.json };
};
