import { CheckpointError } from "@accord-rl/core";

/** The weights as they are. @throws CheckpointError when one is NaN or infinite: a damaged file, or a failed training. */
export const checkFinite = (name: string, data: Float32Array, path: string): Float32Array => {
  for (let at = 0; at < data.length; at++) {
    if (Number.isFinite(data[at])) continue;
    const message = `"${name}" is ${data[at]} at ${at}, expected finite numbers; the file is damaged, fetch it again`;
    throw new CheckpointError({ path, message });
  }
  return data;
};
