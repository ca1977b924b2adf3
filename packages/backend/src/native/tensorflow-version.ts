import { InvalidArgumentError } from "@accord-rl/core";
import { type TensorflowWheels, wheelHashes } from "./wheel-hashes.ts";

/** TensorFlow versions that the addon was compiled against and tried with: minor versions of major 2. */
const oldest = 15;
const newest = 21;

export const supportedVersions = `2.${oldest} to 2.${newest}`;

export const isSupportedVersion = (version: string): boolean => {
  const match = /^2\.(\d+)(\.|$)/.exec(version);
  return match !== null && Number(match[1]) >= oldest && Number(match[1]) <= newest;
};

/** @throws InvalidArgumentError for a version that the addon is not known to work with. */
export const checkTensorflowVersion = (version: string, from: string): void => {
  if (isSupportedVersion(version)) return;
  throw new InvalidArgumentError({
    argument: "tensorflowVersion",
    value: version,
    message: `TensorFlow ${version} (${from}) is not supported, expected ${supportedVersions}; choose one with --tensorflow-version`,
  });
};

/**
 * The wheels of a version, pinned by their hashes. Default: the newest version.
 *
 * @throws InvalidArgumentError for a version whose hashes are not known.
 */
export const pinnedWheels = (
  version = Object.keys(wheelHashes).at(-1) ?? "",
): TensorflowWheels & { readonly version: string } => {
  const wheels = Object.hasOwn(wheelHashes, version) ? wheelHashes[version] : undefined;
  if (wheels !== undefined) return { version, ...wheels };
  throw new InvalidArgumentError({
    argument: "tensorflowVersion",
    value: version,
    message: `the hash of TensorFlow ${version} is not known, so it is not downloaded; expected one of ${Object.keys(wheelHashes).join(", ")}, or name a Python that has it with --python`,
  });
};
