/** Ends reading with an error that names the file. */
export type Fail = (problem: string) => never;

export type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A value for a message: short, whatever it is. */
export const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

/** Parses JSON whose root is an object. */
export const parseObject = (text: string, fail: Fail): JsonObject => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    return fail(`it is no JSON (${(cause as Error).message})`);
  }
  return isObject(value) ? value : fail(`it holds ${shown(value)}, expected an object`);
};
