import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { AccordError } from "@accord-rl/core";
import type { NativeKind } from "./manifest.ts";
import type { Python } from "./python.ts";
import { requireSuccess } from "./steps.ts";
import { runCommand, type System } from "./system.ts";
import { tfjsCoreSymbol } from "./tfjs-node.ts";
import { unpack } from "./unpack.ts";

/** A package of the npm registry, pinned to its contents. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  readonly sha512: string;
}

const protobuf: PinnedPackage = {
  name: "google-protobuf",
  version: "3.21.4",
  sha512: "MnG7N936zcKTco4Jd2PX2U96Kf9PxygAPKBug+74LHzmHXmceN16MmRcdgZv+DGef/S9YvQAfRsNCn4cjf9yyQ==",
};

const tfjsNode: Readonly<Record<NativeKind, PinnedPackage>> = {
  cpu: {
    name: "@tensorflow/tfjs-node",
    version: "4.22.0",
    sha512: "uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==",
  },
  gpu: {
    name: "@tensorflow/tfjs-node-gpu",
    version: "4.22.0",
    sha512: "p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==",
  },
};

/** Fetches one package with npm, checks it, and unpacks it as a folder. */
const fetchPackage = async (
  system: System,
  python: Python,
  pinned: PinnedPackage,
  staging: string,
  target: string,
): Promise<void> => {
  const what = `fetching ${pinned.name} ${pinned.version} with npm pack`;
  const args = [
    "pack",
    `${pinned.name}@${pinned.version}`,
    "--silent",
    "--ignore-scripts",
    "--pack-destination",
    staging,
  ];
  const { stdout } = requireSuccess(
    await runCommand(system, "npm", args),
    what,
    "check that npm is there and reaches its registry",
  );
  const archive = join(staging, basename(stdout.trim().split("\n").at(-1) ?? ""));
  const sha512 = createHash("sha512").update(readFileSync(archive)).digest("base64");
  if (sha512 !== pinned.sha512) {
    throw new AccordError(
      `${what} gave other contents than expected (sha512 ${sha512}): clean npm's cache and try again`,
    );
  }
  const unpacked = join(staging, "unpacked");
  requireSuccess(
    await unpack(system, python, archive, unpacked, [
      "package/(dist|binding)/(?!.*_test\\.js).*\\.(js|cc|h)$",
      "package/(package\\.json|LICENSE.*|google-protobuf\\.js)$",
    ]),
    `unpacking ${pinned.name}`,
    "try again",
  );
  renameSync(join(unpacked, "package"), target);
  rmSync(unpacked, { recursive: true });
  rmSync(archive);
};

/** Modules that stand in for the packages of tfjs: tfjs-node then works with the copy that everything else uses. */
const writeStandIn = (folder: string): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "main": "index.js" }\n');
  writeFileSync(
    join(folder, "index.js"),
    `module.exports = globalThis[Symbol.for(${JSON.stringify(tfjsCoreSymbol)})];\n`,
  );
};

/** Makes `<staging>/tfjs-node`: everything but the compiled addon. */
export const prepareTfjsNode = async (
  system: System,
  python: Python,
  kind: NativeKind,
  staging: string,
): Promise<string> => {
  const folder = join(staging, "tfjs-node");
  await fetchPackage(system, python, tfjsNode[kind], staging, folder);
  const modules = join(folder, "node_modules");
  writeStandIn(join(modules, "@tensorflow", "tfjs"));
  writeStandIn(join(modules, "@tensorflow", "tfjs-core"));
  await fetchPackage(system, python, protobuf, staging, join(modules, protobuf.name));
  return folder;
};
