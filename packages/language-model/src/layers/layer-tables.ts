import { forEachKind, mapKinds, type PerKind } from "../config/layer-kinds.ts";
import type { TransformerConfig } from "../config/transformer-config.ts";
import { cloneRotaryTables, createRotaryTables, type RotaryTables } from "./rotary.ts";

/** The constants of a kind of layer. */
interface TablesOfKind {
  readonly rotary: RotaryTables;
  /** Tokens that it sees; undefined: all. */
  readonly window: number | undefined;
}

/** The constants that a model's layers attend with. */
export type LayerTables = PerKind<TablesOfKind>;

export const createLayerTables = (config: TransformerConfig): LayerTables =>
  forEachKind(config, (kind) => ({ rotary: createRotaryTables(config, kind), window: kind.window }));

/** Shares the memory of the constants, so that each model can free its own. */
export const cloneLayerTables = (tables: LayerTables): LayerTables =>
  mapKinds(tables, ({ rotary, window }) => ({ rotary: cloneRotaryTables(rotary), window }));
