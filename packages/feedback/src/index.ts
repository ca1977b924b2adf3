export type { ResponsePair } from "./pair.ts";
