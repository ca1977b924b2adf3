import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The C++ sources: as far from src/ as from dist/. */
const folder = fileURLToPath(new URL("../native", import.meta.url));

/** The addon that holds back what TensorFlow prints while it is being loaded. */
export const quietSource = join(folder, "quiet.cc");

const filesOfAddon = (extension: string): string[] =>
  readdirSync(join(folder, "addon"))
    .filter((name) => name.endsWith(extension))
    .sort()
    .map((name) => join(folder, "addon", name));

/** Our own addon. */
export const addonSources = (): string[] => filesOfAddon(".cc");

/** Changes with the sources: what tells an addon that was built from other ones. */
export const sourcesDigest = (): string => {
  const digest = createHash("sha256");
  const files = [...filesOfAddon(".cc"), ...filesOfAddon(".h"), quietSource];
  for (const file of files) digest.update(readFileSync(file)).update("\0");
  return digest.digest("hex").slice(0, 16);
};
