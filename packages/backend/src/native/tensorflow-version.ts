import { InvalidArgumentError } from "@accord-rl/core";

/** TensorFlow versions that the addon was compiled against and tried with: minor versions of major 2. */
const oldest = 15;
const newest = 21;

export const supportedVersions = `2.${oldest} to 2.${newest}`;

/** What pip is asked for when the user names no version. */
export const versionRange = `>=2.${oldest},<2.${newest + 1}`;

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
