import { quoteOutside } from "./outside-text.ts";

/** A field of a file's row that is not read, and why that matters. */
export interface UnreadPart {
  readonly field: string;
  readonly message: string;
}

const isFilled = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== "" &&
  value !== false &&
  !(Array.isArray(value) && value.length === 0);

const instead =
  "of a message only role and content are read; write it into the content, or leave the message out";

/** Fields of messages that say what a model reads or writes, with how to go on. */
const messageFields: Readonly<Record<string, string>> = {
  tool_calls: `calls of tools are not read: ${instead}`,
  function_call: `calls of functions are not read: ${instead}`,
  tool_call_id: `results of tools are not read: ${instead}`,
  name: `names of speakers are not read: ${instead}`,
  reasoning_content: `thoughts are not read: ${instead}`,
  reasoning: `thoughts are not read: ${instead}`,
  thinking: `thoughts are not read: ${instead}`,
  refusal: `refusals are not read: ${instead}`,
  images: `images are not read: ${instead}`,
  audio: `audio is not read: ${instead}`,
  weight: "weights of messages are not read; give the whole row a weight, or use { prompt, completion }",
};

const roles = ["system", "user", "assistant"];

const unreadRole = (role: unknown): UnreadPart | undefined => {
  if (typeof role !== "string" || roles.includes(role)) return undefined;
  const hints: Readonly<Record<string, string>> = {
    tool: "; results of tools are not read",
    function: "; results of functions are not read",
    developer: '; name it "system"',
    human: '; name it "user"',
    gpt: '; name it "assistant"',
  };
  const hint = Object.hasOwn(hints, role) ? hints[role] : "";
  return {
    field: "role",
    message: `is ${quoteOutside(role, 60)}, expected one of ${roles.join(", ")}${hint}`,
  };
};

/**
 * What would silently vanish of a file's message, whose role and content alone are read: calls of tools, thoughts, names,
 * weights, another role. Fields that are empty do not count, and neither do ids and times.
 */
export const unreadPartOfMessage = (message: Readonly<Record<string, unknown>>): UnreadPart | undefined => {
  // A weight of 1 is what every message has.
  const field = Object.keys(messageFields).find(
    (name) => isFilled(message[name]) && !(name === "weight" && message[name] === 1),
  );
  if (field !== undefined) return { field, message: messageFields[field] as string };
  if (message.role === undefined && message.from !== undefined && message.value !== undefined)
    return { field: "role", message: 'is missing; name "from" and "value" (ShareGPT) "role" and "content"' };
  return unreadRole(message.role);
};

/** The text of a message's content: a text, or parts that are all text. @returns undefined for anything else. */
export const textOfContent = (content: unknown): string | UnreadPart | undefined => {
  if (typeof content === "string") return content;
  if (!Array.isArray(content) || content.length === 0) return undefined;
  let text = "";
  for (const [index, part] of (content as unknown[]).entries()) {
    const { type, text: said } = (typeof part === "object" && part !== null ? part : {}) as Record<
      string,
      unknown
    >;
    if (type !== "text" || typeof said !== "string") {
      const kind = type === undefined ? "no text" : quoteOutside(type, 60);
      return { field: "content", message: `part ${index + 1} is ${kind}: only text is read` };
    }
    text += said;
  }
  return text;
};

const columns = ["tools", "functions", "images", "image", "videos", "video", "audios", "audio", "documents"];

/**
 * What would silently vanish of a row with a prompt and answers: tools, images, a system prompt of its own, a question
 * that is not named `prompt`.
 */
export const unreadPartOfRow = (row: Readonly<Record<string, unknown>>): UnreadPart | undefined => {
  const field = columns.find((name) => isFilled(row[name]));
  if (field !== undefined)
    return { field, message: "is not read: leave it out, or leave out the rows that need it" };
  const system = ["system", "system_prompt"].find(
    (name) => typeof row[name] === "string" && row[name] !== "",
  );
  if (system !== undefined)
    return { field: system, message: "is not read: make it the prompt's first message, or leave it out" };
  const hasAnswer = ["chosen", "completion", "response"].some((name) => isFilled(row[name]));
  if (!hasAnswer || isFilled(row.prompt)) return undefined;
  const asked = ["question", "instruction", "query", "input"].find((name) => isFilled(row[name]));
  return asked === undefined ? undefined : { field: asked, message: 'is not read: name it "prompt"' };
};
