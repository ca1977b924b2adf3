/** The body of an answer that breaks its bounds; the request is given up. */
export class BodyError extends Error {
  override readonly name = "BodyError";
  readonly isTooLong: boolean;

  constructor(message: string, { isTooLong }: { readonly isTooLong: boolean }) {
    super(message);
    this.isTooLong = isTooLong;
  }
}

/** Bounds of an answer's body. */
export interface BodyBounds {
  /** Most bytes, as they come out of any compression. */
  readonly maxBytes: number;
  /** Longest time without a byte. */
  readonly idleTimeoutMs: number;
}

/** Rejects after some time without a sign of life. */
const createIdleTimer = (idleTimeoutMs: number) => {
  let timer: NodeJS.Timeout | undefined;
  return {
    next: (): Promise<never> =>
      new Promise((_, reject) => {
        timer = setTimeout(
          () =>
            reject(new BodyError(`the answer stopped coming for ${idleTimeoutMs} ms`, { isTooLong: false })),
          idleTimeoutMs,
        );
      }),
    stop: () => clearTimeout(timer),
  };
};

/**
 * Reads a body as text, chunk by chunk, and stops where it breaks its bounds: no more than one chunk beyond `maxBytes` is
 * ever held.
 *
 * @throws BodyError for a body that is too long, or stops coming.
 */
export const readBody = async (
  body: ReadableStream<Uint8Array> | null,
  { maxBytes, idleTimeoutMs }: BodyBounds,
): Promise<string> => {
  if (!body) return "";
  const reader = body.getReader();
  const idle = createIdleTimer(idleTimeoutMs);
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { value, done } = await Promise.race([reader.read(), idle.next()]).finally(idle.stop);
      if (done) return Buffer.concat(chunks).toString("utf8");
      size += value.length;
      if (size > maxBytes) {
        throw new BodyError(`the answer is longer than ${maxBytes} bytes`, { isTooLong: true });
      }
      chunks.push(value);
    }
  } catch (error) {
    reader.cancel().catch(() => {}); // the connection is closed; nothing else may come of it
    throw error;
  }
};
