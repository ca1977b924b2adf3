import { shorten } from "./outside-text.ts";

const marker = Symbol.for("accord-rl.error");

/** Characters of a message: what a file puts into one has no bound of its own. */
const longestMessage = 4000;

/**
 * Base of every error that Accord RL throws on purpose.
 *
 * A message says what failed, what was got, what was expected and what to do. `isInstance` works across
 * two installed copies of this package, where `instanceof` does not.
 */
export class AccordError extends Error {
  override readonly name: string = "AccordError";
  readonly [marker] = true;

  constructor(message?: string, options?: ErrorOptions) {
    super(message === undefined ? undefined : shorten(message, longestMessage), options);
  }

  static isInstance(value: unknown): value is AccordError {
    return typeof value === "object" && value !== null && marker in value;
  }
}

const isNamed = (value: unknown, name: string): boolean =>
  AccordError.isInstance(value) && value.name === name;

/** An option or argument that can't be used. */
export class InvalidArgumentError extends AccordError {
  override readonly name = "InvalidArgumentError";
  readonly argument: string;
  readonly value: unknown;

  constructor({ argument, value, message }: { argument: string; value: unknown; message: string }) {
    super(message);
    this.argument = argument;
    this.value = value;
  }

  static override isInstance(value: unknown): value is InvalidArgumentError {
    return isNamed(value, "InvalidArgumentError");
  }
}

/** A tensor whose shape is not the one that the function needs. */
export class ShapeError extends AccordError {
  override readonly name = "ShapeError";
  readonly tensor: string;
  readonly actual: readonly number[];
  readonly expected: readonly (number | string)[];

  constructor(options: {
    where: string;
    tensor: string;
    actual: readonly number[];
    expected: readonly (number | string)[];
    hint?: string;
  }) {
    const { where, tensor, actual, expected, hint } = options;
    super(
      `${where}: ${tensor} has shape [${actual.join(", ")}], expected [${expected.join(", ")}]${hint ? ` (${hint})` : ""}`,
    );
    this.tensor = tensor;
    this.actual = actual;
    this.expected = expected;
  }

  static override isInstance(value: unknown): value is ShapeError {
    return isNamed(value, "ShapeError");
  }
}

/** A quantity that became NaN or infinite; the run stops before it spreads. */
export class NonFiniteError extends AccordError {
  override readonly name = "NonFiniteError";
  readonly quantity: string;
  readonly step: number | undefined;

  constructor({
    quantity,
    value,
    step,
    hint,
  }: { quantity: string; value: number; step?: number; hint?: string }) {
    super(
      `${quantity} is ${value}${step === undefined ? "" : ` at step ${step}`}, expected a finite number.${hint ? ` ${hint}` : ""}`,
    );
    this.quantity = quantity;
    this.step = step;
  }

  static override isInstance(value: unknown): value is NonFiniteError {
    return isNamed(value, "NonFiniteError");
  }
}

/** No backend could be started, or the one that was asked for could not. */
export class BackendUnavailableError extends AccordError {
  override readonly name = "BackendUnavailableError";
  readonly backend: string;
  readonly tried: readonly { backend: string; reason: string }[];

  constructor(options: {
    backend: string;
    tried: readonly { backend: string; reason: string }[];
    message: string;
  }) {
    super(options.message);
    this.backend = options.backend;
    this.tried = options.tried;
  }

  static override isInstance(value: unknown): value is BackendUnavailableError {
    return isNamed(value, "BackendUnavailableError");
  }
}

/** A checkpoint or weight file that is missing, damaged or of another model. */
export class CheckpointError extends AccordError {
  override readonly name = "CheckpointError";
  readonly path: string;

  constructor({ path, message, cause }: { path: string; message: string; cause?: unknown }) {
    super(`${path}: ${message}`, { cause });
    this.path = path;
  }

  static override isInstance(value: unknown): value is CheckpointError {
    return isNamed(value, "CheckpointError");
  }
}

/** A data file that is empty or malformed; `line` counts from 1 where the format has lines. */
export class DataError extends AccordError {
  override readonly name = "DataError";
  readonly path: string;
  readonly line: number | undefined;

  constructor({
    path,
    line,
    message,
    cause,
  }: { path: string; line?: number; message: string; cause?: unknown }) {
    super(`${path}${line === undefined ? "" : `:${line}`}: ${message}`, { cause });
    this.path = path;
    this.line = line;
  }

  static override isInstance(value: unknown): value is DataError {
    return isNamed(value, "DataError");
  }
}

/** A language model that gave no answer: it can't be reached, refuses, or answers what can't be read. */
export class ModelError extends AccordError {
  override readonly name = "ModelError";
  readonly model: string;
  /** What its server answered with; undefined where no answer came, or no server is there. */
  readonly status: number | undefined;
  /** This one request can't be answered (too long, for example): others still may. */
  readonly isRefusal: boolean;

  constructor(options: {
    model: string;
    message: string;
    status?: number;
    isRefusal?: boolean;
    cause?: unknown;
  }) {
    super(`${options.model}: ${options.message}`, { cause: options.cause });
    this.model = options.model;
    this.status = options.status;
    this.isRefusal = options.isRefusal ?? false;
  }

  static override isInstance(value: unknown): value is ModelError {
    return isNamed(value, "ModelError");
  }
}
