import { AccordError } from "@accord-rl/core";
import type { NativeKind } from "./manifest.ts";
import type { System } from "./system.ts";

/** Bytes that an installation takes while it is made: the wheels beside what is unpacked of them. */
const bytesNeeded: Readonly<Record<NativeKind, number>> = { cpu: 1.3e9, gpu: 9e9 };

/** @throws AccordError on a machine that native TensorFlow can't be set up on. */
export const checkMachine = ({ platform, nodeVersion }: System): void => {
  if (platform !== "linux") {
    throw new AccordError(
      `native TensorFlow is set up on Linux only, this is ${platform}; use WebAssembly here`,
    );
  }
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new AccordError(`Node ${nodeVersion} is too old, expected 20.19 or later`);
  }
};

/** @throws AccordError when the disk would be full before the end. */
export const checkDisk = ({ freeBytes }: System, root: string, kind: NativeKind): void => {
  const free = freeBytes(root);
  if (free >= bytesNeeded[kind]) return;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  throw new AccordError(
    `too little disk space in ${root}: ${gigabytes(free)} are free, about ${gigabytes(bytesNeeded[kind])} are needed; free some, or set ACCORD_CACHE to another folder`,
  );
};
