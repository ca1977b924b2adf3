import { readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { AccordError } from "@accord-rl/core";

/** `cpu`: TensorFlow for the processor. `gpu`: its CUDA build. */
export type NativeKind = "cpu" | "gpu";

/** `accord`: our own. `tfjs-node`: that package's. */
export type AddonName = "accord" | "tfjs-node";

/** File names in `lib` of the folder of tfjs-node. */
export const addonFiles: Readonly<Record<AddonName, string>> = {
  accord: "accord_tensorflow.node",
  "tfjs-node": "tfjs_binding.node",
};

/** One finished installation; `<native folder>/<kind>.json` holds it, so that writing that file is the switch. */
export interface NativeInstall {
  readonly format: 1;
  readonly kind: NativeKind;
  /** Name of the folder beside this file that holds everything below. */
  readonly folder: string;
  readonly tensorflowVersion: string;
  /** TensorFlow was built with CUDA. */
  readonly cuda: boolean;
  /** Folder of the Python package whose libraries are used where they are; null = they were unpacked here. */
  readonly pythonPackage: string | null;
  /** Which addon it has, and the digest of our sources when it was made; installations of earlier versions have none. */
  readonly addon?: { readonly name: AddonName; readonly sources: string };
  /** Path, relative to the folder or absolute, to size in bytes: a damaged library must not be loaded. */
  readonly files: Readonly<Record<string, number>>;
}

export const installCommand = (kind: NativeKind): string =>
  `npx accord-native install${kind === "gpu" ? " --gpu" : ""}`;

export const pointerPath = (root: string, kind: NativeKind): string => join(root, `${kind}.json`);

const isInstall = (value: unknown, kind: NativeKind): value is NativeInstall => {
  const install = value as Partial<NativeInstall> | null;
  return (
    install?.format === 1 &&
    install.kind === kind &&
    typeof install.folder === "string" &&
    typeof install.tensorflowVersion === "string" &&
    typeof install.files === "object"
  );
};

const sizeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.size;

/** What differs from the sizes that were recorded, in words; undefined when all is as it was. */
const damage = (root: string, install: NativeInstall): string | undefined => {
  for (const [file, expected] of Object.entries(install.files)) {
    const size = sizeOf(isAbsolute(file) ? file : join(root, install.folder, file));
    if (size === undefined) return `${file} is missing`;
    if (size !== expected) return `${file} has ${size} bytes, expected ${expected}`;
  }
  return undefined;
};

/**
 * What is installed and complete.
 *
 * @throws AccordError when nothing is, or it is damaged; the message says what to do.
 */
export const readInstall = (root: string, kind: NativeKind): NativeInstall => {
  const path = pointerPath(root, kind);
  const name = kind === "gpu" ? "TensorFlow with CUDA" : "native TensorFlow";
  const repair = `set it up ${sizeOf(path) === undefined ? "" : "again "}with: ${installCommand(kind)}`;
  if (sizeOf(path) === undefined) throw new AccordError(`${name} is not installed; ${repair}`);
  let install: unknown;
  try {
    install = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    install = undefined;
  }
  if (!isInstall(install, kind)) throw new AccordError(`${path} is damaged; ${repair}`);
  const damaged = damage(root, install);
  if (damaged !== undefined) {
    throw new AccordError(`${name} in ${join(root, install.folder)} is damaged (${damaged}); ${repair}`);
  }
  return install;
};

/** The folder that a kind's file names, however damaged what is in it. */
export const pointedFolder = (root: string, kind: NativeKind): string | undefined => {
  try {
    return (JSON.parse(readFileSync(pointerPath(root, kind), "utf8")) as Partial<NativeInstall>).folder;
  } catch {
    return undefined;
  }
};

/** Makes an installation the current one, in one step that can't be seen half done. */
export const switchTo = (root: string, install: NativeInstall): void => {
  const path = pointerPath(root, install.kind);
  const beside = `${path}.${process.pid}.new`;
  writeFileSync(beside, `${JSON.stringify(install, null, 2)}\n`, { flush: true });
  renameSync(beside, path);
};
