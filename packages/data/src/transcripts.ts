import type { ChatMessage, Conversation } from "@accord-rl/core";

const assistant = "\n\nAssistant:";

/** The last turn of the assistant that both transcripts begin alike. */
const sharedPrompt = (chosen: string, rejected: string): string | undefined => {
  const end = chosen.lastIndexOf(assistant) + assistant.length;
  if (end < assistant.length) return undefined;
  const prompt = chosen.slice(0, end);
  return rejected.startsWith(prompt) && rejected.indexOf(assistant, end) < 0 ? prompt : undefined;
};

/**
 * Splits two transcripts that differ in the assistant's last turn into the prompt they share (ending in
 * "\n\nAssistant:") and two responses.
 *
 * @returns the parts, or what is wrong.
 */
export const splitTranscripts = (
  chosen: string,
  rejected: string,
): { prompt: string; chosen: string; rejected: string } | string => {
  const prompt = sharedPrompt(chosen, rejected);
  if (prompt === undefined) {
    return 'the transcripts are not alike up to their last "\\n\\nAssistant:"';
  }
  return { prompt, chosen: chosen.slice(prompt.length), rejected: rejected.slice(prompt.length) };
};

/**
 * The turns of a transcript: what follows "\n\nHuman:" is the user's, what follows "\n\nAssistant:" the assistant's,
 * without the space around it. An empty last turn is left out: it is the one that is asked for.
 *
 * @returns the turns, or what is wrong.
 */
export const parseTranscript = (transcript: string): Conversation | string => {
  const [before = "", ...rest] = `\n\n${transcript.trimStart()}`.split(/\n\n(Human|Assistant):/);
  if (before.trim() !== "" || rest.length === 0) return 'the transcript does not begin with "\\n\\nHuman:"';
  const turns = Array.from(
    { length: rest.length / 2 },
    (_, i): ChatMessage => ({
      role: rest[2 * i] === "Human" ? "user" : "assistant",
      content: rest[2 * i + 1]!.trim(),
    }),
  );
  return turns.at(-1)?.content === "" ? turns.slice(0, -1) : turns;
};
