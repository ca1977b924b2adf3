import { open } from "node:fs/promises";
import { readFailure } from "./read-failure.ts";

/** Whether a file's first bytes spell a text. */
export const startsWith = async (path: string, text: string): Promise<boolean> => {
  const handle = await open(path, "r").catch(readFailure(path));
  try {
    const start = new Uint8Array(text.length);
    const { bytesRead } = await handle.read(start, 0, start.length, 0);
    return new TextDecoder("latin1").decode(start.subarray(0, bytesRead)) === text;
  } finally {
    await handle.close();
  }
};
