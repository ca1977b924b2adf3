const arrays = [
  "ArrayBuffer",
  "Uint8Array",
  "Int8Array",
  "Uint8ClampedArray",
  "Uint16Array",
  "Int16Array",
  "Uint32Array",
  "Int32Array",
  "Float32Array",
  "Float64Array",
  "BigUint64Array",
  "BigInt64Array",
] as const;

type Constructor = new (...args: unknown[]) => { readonly byteLength: number };

let requested = 0;

/** Bytes that making an array with these arguments takes; 0 for a view of memory that is there. */
const wanted = (target: Constructor, [source]: readonly unknown[]): number => {
  const width = (target as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
  if (typeof source === "number") return source * width;
  const length = (source as { length?: unknown } | undefined)?.length;
  return typeof length === "number" ? length * width : 0;
};

/**
 * From here on, counts what is asked of the constructors of buffers and typed arrays, before they get it: a request that
 * would fail counts as well. What Node and the engine allocate themselves is not seen.
 *
 * @returns what ends it
 */
export const startCounting = (): (() => void) => {
  const ends = arrays.map((name) => {
    const original = globalThis[name] as unknown as Constructor;
    const counting: Constructor = new Proxy(original, {
      construct: (target, args, newTarget) => {
        requested += wanted(target, args);
        return Reflect.construct(target, args, newTarget === counting ? target : newTarget) as object;
      },
    });
    const put = (value: Constructor) =>
      Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
    put(counting);
    return () => put(original);
  });
  return () => {
    for (const end of ends) end();
  };
};

/** Bytes that were asked for since the last call. */
export const takeCount = (): number => {
  const count = requested;
  requested = 0;
  return count;
};
