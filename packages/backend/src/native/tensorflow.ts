import { rmSync } from "node:fs";
import { join } from "node:path";
import { AccordError } from "@accord-rl/core";
import type { NativeKind } from "./manifest.ts";
import type { Python } from "./python.ts";
import type { System } from "./system.ts";
import {
  checkTensorflowVersion,
  isSupportedVersion,
  pinnedWheels,
  supportedVersions,
} from "./tensorflow-version.ts";
import { pipDownload, unpackWheels } from "./wheels.ts";

/** TensorFlow's libraries and headers, wherever they came from. */
export interface Tensorflow {
  readonly version: string;
  readonly cuda: boolean;
  readonly folder: string;
  /** What the addon's run path says. */
  readonly runPath: string;
  /** The Python package that is used in place; null = unpacked into the installation. */
  readonly pythonPackage: string | null;
}

/** From the addon, in tfjs-node/lib, to the libraries of an installation. */
export const unpackedRunPath = "$ORIGIN/../../tensorflow";

export interface TensorflowRequest {
  readonly kind: NativeKind;
  readonly tensorflowVersion: string | undefined;
  /** The interpreter that was named, if one was: its TensorFlow is then meant. */
  readonly python: string | undefined;
}

/** The part of TensorFlow's headers that its C API needs. */
const headers = "tensorflow/include/(tensorflow/(c|core/platform|tsl)|tsl|xla/tsl)/.*\\.h$";
const wantedOfTensorflow = [headers, "tensorflow/lib[^/]*\\.so[^/]*$", "[^/]+\\.dist-info/METADATA$"];
const wantedOfCuda = ["nvidia/(?!.*/include/).*"];

/** Why a Python's TensorFlow can't be taken; undefined = it can. */
const objection = (
  { tensorflow }: Python,
  { kind, tensorflowVersion }: TensorflowRequest,
): string | undefined => {
  if (tensorflow === null) return "it has none";
  const { version, cuda } = tensorflow;
  if (tensorflowVersion !== undefined && version !== tensorflowVersion) return `it has ${version}`;
  if (!isSupportedVersion(version)) return `it has ${version}, supported are ${supportedVersions}`;
  return kind === "gpu" && !cuda ? `its TensorFlow ${version} is built without CUDA` : undefined;
};

/** The TensorFlow of the first Python that has one of use. */
const takeFromPython = (
  system: System,
  pythons: readonly Python[],
  request: TensorflowRequest,
): Tensorflow | undefined => {
  for (const python of pythons) {
    const reason = objection(python, request);
    if (reason === undefined && python.tensorflow !== null) {
      const { version, folder, cuda } = python.tensorflow;
      system.log(`TensorFlow ${version} of ${python.command} (${folder}) is used in place`);
      return { version, cuda, folder, runPath: folder, pythonPackage: folder };
    }
    if (
      request.python !== undefined &&
      python.tensorflow !== null &&
      request.tensorflowVersion === undefined
    ) {
      const { version } = python.tensorflow;
      checkTensorflowVersion(version, request.python);
      throw new AccordError(
        `--python ${request.python}: ${reason}; name another Python, or leave --python out`,
      );
    }
    if (python.tensorflow !== null) system.log(`The TensorFlow of ${python.command} is not used: ${reason}`);
  }
  return undefined;
};

const downloadTensorflow = async (
  system: System,
  python: Python,
  { kind, tensorflowVersion }: TensorflowRequest,
  staging: string,
): Promise<Tensorflow> => {
  const pinned = pinnedWheels(tensorflowVersion);
  const { version } = pinned;
  const wheels = { folder: join(staging, "wheels"), pythonVersion: pinned.python };
  const size = kind === "gpu" ? "about 600" : "about 270";
  system.log(`Downloading TensorFlow ${version} with pip (${size} MB)`);
  await pipDownload(system, python, [pinned[kind]], wheels);
  await unpackWheels(system, python, wheels.folder, staging, wantedOfTensorflow);
  if (kind === "gpu") {
    system.log(`Downloading ${pinned.cuda.length} CUDA libraries with pip (about 3 GB)`);
    await pipDownload(system, python, pinned.cuda, wheels);
    await unpackWheels(system, python, wheels.folder, staging, wantedOfCuda);
  }
  rmSync(wheels.folder, { recursive: true });
  const folder = join(staging, "tensorflow");
  return { version, cuda: kind === "gpu", folder, runPath: unpackedRunPath, pythonPackage: null };
};

/** TensorFlow from a Python that has it, else from the index that pip uses. */
export const obtainTensorflow = async (
  system: System,
  pythons: readonly Python[],
  request: TensorflowRequest,
  staging: string,
): Promise<Tensorflow> => {
  const present = takeFromPython(system, pythons, request);
  if (present !== undefined) return present;
  const withPip = pythons.find((python) => python.hasPip);
  if (withPip === undefined) {
    throw new AccordError(
      `no pip in ${pythons.map((python) => python.command).join(", ")}: install it (apt-get install python3-pip, or python3 -m ensurepip), or name a Python that has TensorFlow with --python`,
    );
  }
  return downloadTensorflow(system, withPip, request, staging);
};
