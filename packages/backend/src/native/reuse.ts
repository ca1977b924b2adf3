import { cpSync, linkSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import type { NativeInstall } from "./manifest.ts";
import { type Tensorflow, unpackedRunPath } from "./tensorflow.ts";

/** What an addon is compiled between. */
export interface Parts {
  readonly tensorflow: Tensorflow;
  /** The folder of tfjs-node. */
  readonly tfjsNode: string;
}

/** The same files under another folder, without a second copy of their contents. */
const linkTree = (from: string, to: string): void => {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    const target = join(to, relative(from, source));
    mkdirSync(dirname(target), { recursive: true });
    linkSync(source, target);
  }
};

/** Takes all but the addon from an installation that is there: nothing is fetched. */
export const reuseParts = (root: string, present: NativeInstall, staging: string): Parts => {
  const before = join(root, present.folder);
  for (const name of readdirSync(before)) {
    if (name !== "tfjs-node") linkTree(join(before, name), join(staging, name));
  }
  const tfjsNode = join(staging, "tfjs-node");
  const addons = join(before, "tfjs-node", "lib");
  cpSync(join(before, "tfjs-node"), tfjsNode, { recursive: true, filter: (path) => path !== addons });
  const { tensorflowVersion: version, cuda, pythonPackage } = present;
  return {
    tensorflow: {
      version,
      cuda,
      pythonPackage,
      folder: pythonPackage ?? join(staging, "tensorflow"),
      runPath: pythonPackage ?? unpackedRunPath,
    },
    tfjsNode,
  };
};
