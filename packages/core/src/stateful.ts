import type { Json } from "./json.ts";

/** A tensor's contents on the host. */
export interface TensorData {
  readonly dtype: "float32" | "int32";
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/** Everything that changes during a run, of one part: named tensors plus JSON. */
export interface State {
  readonly tensors: Readonly<Record<string, TensorData>>;
  readonly json: Json;
}

/** A part that can be saved and, on the same backend, continued bit for bit. */
export interface Stateful {
  state(): Promise<State>;
  /** @throws CheckpointError or InvalidArgumentError when the state is of another part; nothing is changed then. */
  restore(state: State): void;
}

/** A part that owns tensors. */
export interface Disposable {
  dispose(): void;
}
