import { fileURLToPath } from "node:url";

/** The command accord-native: as far from src/ as from dist/. */
export const launcher = fileURLToPath(new URL("../bin/accord-native.js", import.meta.url));
