import { setTimeout as wait } from "node:timers/promises";
import { AccordError, DataError, excerptOf } from "@accord-rl/core";
import { hasCode } from "./failure.ts";
import type { HubAddress } from "./hub-address.ts";

/** How patient a request is. Timers run on a clock that nobody sets. */
export interface HubPatience {
  /** Give up when nothing has come for so many milliseconds. Default 30,000. */
  readonly idleTimeoutMs?: number;
  /** Attempts at a request before the failure counts. Default 3. */
  readonly attempts?: number;
  /** Before the second attempt; doubles with each. Default 300. */
  readonly retryDelayMs?: number;
}

/** Longest wait that a server may ask for, in milliseconds. */
const longestRetryDelay = 60_000;

/** A failure that another attempt may mend. */
class Transient extends Error {
  readonly failure: DataError;
  readonly delayMs: number;
  constructor(failure: DataError, delayMs = 0) {
    super(failure.message);
    this.failure = failure;
    this.delayMs = delayMs;
  }
}

/** The meaning of a status to the caller. */
const explainStatus = (status: number): string => {
  if (status === 401 || status === 403) {
    return `access is refused (${status}); accept the model's terms on its page, and set HF_TOKEN`;
  }
  if (status === 404) return "there is no such model, revision or file (404); check the name";
  return `the hub answered ${status}; try again later`;
};

/** The innermost reason of a failed fetch, in one line. */
const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return excerptOf(cause instanceof Error ? cause.message || cause.name : String(cause));
};

const checkStatus = (url: string, response: Response): void => {
  if (response.ok) return;
  const failure = new DataError({ path: url, message: explainStatus(response.status) });
  if (response.status < 500 && response.status !== 429 && response.status !== 408) throw failure;
  const seconds = Number(response.headers.get("retry-after") ?? 0);
  throw new Transient(failure, Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : 0);
};

/** Aborts when `touch` was not called for a while. */
const watchIdle = (idleTimeoutMs: number) => {
  const controller = new AbortController();
  const timer = setTimeout(
    () => controller.abort(new Error(`nothing came for ${idleTimeoutMs / 1000} s`)),
    idleTimeoutMs,
  );
  return { signal: controller.signal, touch: () => timer.refresh(), stop: () => clearTimeout(timer) };
};

/** One answer of the hub: its head, and its body piece by piece. */
type Read<Result> = (response: Response, pieces: AsyncIterable<Uint8Array>) => Promise<Result>;

const attempt = async <Result>(
  url: string,
  { authorization }: HubAddress,
  headers: Readonly<Record<string, string>>,
  idleTimeoutMs: number,
  read: Read<Result>,
): Promise<Result> => {
  const idle = watchIdle(idleTimeoutMs);
  let hasBegun = false;
  const pieces = async function* ({ body }: Response) {
    for await (const piece of body ?? []) {
      idle.touch();
      yield piece as Uint8Array;
    }
  };
  try {
    const all = { ...headers, "accept-encoding": "identity", ...(authorization && { authorization }) };
    const response = await fetch(url, { headers: all, signal: idle.signal });
    idle.touch();
    checkStatus(url, response);
    hasBegun = true;
    return await read(response, pieces(response));
  } catch (error) {
    if (AccordError.isInstance(error) || error instanceof Transient) throw error;
    if (hasCode(error, "ENOSPC", "EDQUOT", "EACCES", "EROFS", "EIO")) throw error;
    const reason = reasonOf(idle.signal.aborted ? idle.signal.reason : error);
    const message = hasBegun
      ? `the download broke off (${reason}); try again`
      : `the hub can't be reached (${reason}); is this machine online?`;
    // No cause: it may quote headers.
    throw new Transient(new DataError({ path: url, message }));
  } finally {
    idle.stop();
  }
};

/**
 * Asks the hub, again where that may help.
 *
 * @param headersOf  headers of the next attempt: where to go on, for example
 * @throws DataError that names the address, without credentials, when the hub can't be reached or says no.
 */
export const askHub = async <Result>(
  url: string,
  address: HubAddress,
  { idleTimeoutMs = 30_000, attempts = 3, retryDelayMs = 300 }: HubPatience,
  read: Read<Result>,
  headersOf: () => Readonly<Record<string, string>> = () => ({}),
): Promise<Result> => {
  for (let count = 1; ; count++) {
    try {
      return await attempt(url, address, headersOf(), idleTimeoutMs, read);
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      if (count >= attempts) throw error.failure;
      await wait(Math.min(longestRetryDelay, Math.max(error.delayMs, retryDelayMs * 2 ** (count - 1))));
    }
  }
};
