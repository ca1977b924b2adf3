/** Memory of WebAssembly: `WebAssembly.Memory`. */
export interface Memory {
  readonly buffer: ArrayBufferLike;
}

/** A compiled program: `WebAssembly.Module`. */
export type Program = object;

interface Engine {
  readonly Memory: new (size: { initial: number; maximum: number; shared: true }) => Memory;
  readonly Instance: new (
    program: Program,
    imports: { env: { memory: Memory } },
  ) => {
    readonly exports: unknown;
  };
  readonly compile: (code: Uint8Array) => Promise<Program>;
  readonly validate: (code: Uint8Array) => boolean;
}

/** What this package uses of WebAssembly: TypeScript has its types only along with the browser's. */
export const webAssembly = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
