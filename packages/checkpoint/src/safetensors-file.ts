import { open } from "node:fs/promises";
import { CheckpointError, InvalidArgumentError, type TensorData } from "@accord-rl/core";
import { readTensorBytes, safetensorsFailure } from "./safetensors.ts";
import { headerLength, parseSafetensorsHeader, type TensorEntry } from "./safetensors-header.ts";

/** An open safetensors file, whose tensors are read one at a time. */
export interface SafetensorsFile {
  readonly path: string;
  /** Dtype ("F32", "BF16", …) and shape of each tensor, in the header's order. */
  readonly tensors: ReadonlyMap<string, { readonly dtype: string; readonly shape: readonly number[] }>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Reads one tensor: floats of any width as float32, integers as int32 where they fit. Its memory is the caller's alone. */
  read(name: string): Promise<TensorData>;
  close(): Promise<void>;
}

/** One system call moves at most 2 GiB. */
const maxTransfer = 2 ** 30;

/**
 * Opens a safetensors file and checks its whole header; nothing else is read until it is asked for.
 *
 * @throws CheckpointError naming the problem when the file can't be read, is damaged or is none.
 */
export const openSafetensors = async (path: string): Promise<SafetensorsFile> => {
  const fail = safetensorsFailure(path);
  const explain = (cause: unknown): never => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CheckpointError({ path, message: `can't be read (${reason}); check the path`, cause });
  };
  const handle = await open(path, "r").catch(explain);
  const readBytes = async (start: number, length: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const size = Math.min(length - at, maxTransfer);
      const { bytesRead } = await handle.read(bytes, at, size, start + at).catch(explain);
      if (bytesRead === 0) return fail(`it ends at byte ${start + at}, expected ${start + length}`);
      at += bytesRead;
    }
    return bytes;
  };
  try {
    const { size } = await handle.stat().catch(explain);
    const first = await readBytes(0, Math.min(size, 8));
    const head = await readBytes(0, 8 + headerLength(first, size, fail));
    const { entries, metadata, dataStart } = parseSafetensorsHeader(head, fail, size);
    const byName = new Map<string, TensorEntry>(entries.map((entry) => [entry.name, entry]));
    return {
      path,
      tensors: byName,
      metadata,
      read: async (name) => {
        const entry = byName.get(name);
        if (entry === undefined) {
          const message = `openSafetensors: ${path} has no tensor "${name}"`;
          throw new InvalidArgumentError({ argument: "name", value: name, message });
        }
        return readTensorBytes(
          entry,
          await readBytes(dataStart + entry.begin, entry.end - entry.begin),
          fail,
        );
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
};
