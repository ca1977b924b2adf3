import { excerptOf, ModelError, quoteOutside, shorten } from "@accord-rl/core";
import { BodyError } from "./bounded-body.ts";
import { retryAfterMs, type Verdict } from "./retry.ts";

/** The answer came, and can't be read: asking again may help. */
export class UnreadableAnswer extends Error {}

/** A server's answer that is a failure, by its status or by what it holds. */
export class ServerFailure extends Error {
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly headers: Headers | undefined;

  constructor(options: {
    readonly message: string;
    readonly status?: number | undefined;
    readonly code?: string | undefined;
    readonly headers?: Headers | undefined;
  }) {
    super(options.message);
    this.status = options.status;
    this.code = options.code;
    this.headers = options.headers;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const firstText = (...values: readonly unknown[]): string | undefined =>
  values.find((value): value is string => typeof value === "string" && value.trim() !== "");

/** What OpenRouter passes on from the provider behind it: its name, its words, why it flagged a prompt. */
const metadataText = (metadata: unknown): string => {
  if (!isObject(metadata)) return "";
  const provider = firstText(metadata.provider_name);
  const words =
    firstText(metadata.raw) ?? (metadata.raw === undefined ? undefined : quoteOutside(metadata.raw));
  const reasons = Array.isArray(metadata.reasons)
    ? `flagged for ${metadata.reasons.slice(0, 10).join(", ")}`
    : undefined;
  const parts = [provider, words, reasons].filter((part) => part !== undefined);
  return parts.length > 0 ? ` (${parts.map((part) => shorten(part, 300)).join(": ")})` : "";
};

/** An error in the words of its server, whichever of the usual forms it has; null where there is none. */
export const readError = (error: unknown): Pick<ServerFailure, "message" | "status" | "code"> | null => {
  if (error === undefined || error === null || error === false || error === "") return null;
  if (!isObject(error))
    return { message: firstText(error) ?? quoteOutside(error), status: undefined, code: undefined };
  const text = firstText(error.message, error.detail, error.error, error.msg) ?? quoteOutside(error);
  const number = Number(error.code ?? error.status ?? error.status_code);
  return {
    message: `${text}${metadataText(error.metadata)}`,
    status: Number.isInteger(number) && number >= 400 && number < 600 ? number : undefined,
    code: firstText(error.code, error.type),
  };
};

/** What the body of a failed request says. */
export const readErrorBody = (content: unknown, text: string): Pick<ServerFailure, "message" | "code"> => {
  const nested = isObject(content)
    ? (content.error ?? content)
    : Array.isArray(content)
      ? content[0]?.error
      : content;
  return readError(nested) ?? { message: text.trim() || "no message", code: undefined };
};

/** Statuses after which the same request may succeed. */
const isPassing = (status: number): boolean => [408, 409, 425, 429].includes(status) || status >= 500;

/** 403 means the key, or the content of this one prompt. */
const isAboutContent = (text: string): boolean =>
  /moderat|flagged|content|policy|policies|safety|filter/i.test(text);

/** An error's message, and those of its causes: "fetch failed" alone says nothing. */
const messageOf = (error: unknown, depth = 0): string => {
  if (!(error instanceof Error)) return String(error);
  const more = error.cause && depth < 5 ? [messageOf(error.cause, depth + 1)] : [];
  return [error.message || (error as { code?: string }).code || error.name, ...more].join(": ");
};

export interface FailureContext {
  readonly model: string;
  /** What to mend where the server does not accept it. */
  readonly secretName: string;
  /** Milliseconds since 1970, for a Retry-After that is a date. */
  readonly now: number;
}

/** What a failed request to an OpenAI-compatible server means. */
export const judgeFailure = (error: unknown, { model, secretName, now }: FailureContext): Verdict => {
  const said = excerptOf(messageOf(error), 1000);
  const { status, code, headers } =
    error instanceof ServerFailure ? error : new ServerFailure({ message: "" });
  const text = status === undefined ? said : `${status} ${said}`;
  // No cause goes along: the error itself may hold what its text is cleaned of.
  const giveUp = (message: string, isRefusal = false): Verdict => ({
    giveUp: new ModelError({ model, message, isRefusal, ...(status === undefined ? {} : { status }) }),
  });
  if (error instanceof BodyError && error.isTooLong) return giveUp(text, true);
  if (code === "content_filter") return giveUp(`the server filters this request (${text})`, true);
  if (status === undefined) return { reason: text };
  const isKey = status === 401 || (status === 400 && /api[ _]key/i.test(said));
  if (isKey || (status === 403 && !isAboutContent(`${code} ${said}`))) {
    return giveUp(`${secretName} is not accepted (${text}); set one that is valid, then run again`);
  }
  if (status === 402 || code === "insufficient_quota") {
    return giveUp(`the account's quota is used up (${text})`);
  }
  if (status === 404)
    return giveUp(`the server knows no such model or path (${text}); check model and baseUrl`);
  if (!isPassing(status)) return giveUp(`the server refuses this request (${text})`, true);
  const wait = retryAfterMs(headers, now);
  return { reason: text, ...(wait === undefined ? {} : { retryAfterMs: wait }) };
};
