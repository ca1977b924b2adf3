const assistant = "\n\nAssistant:";

/** Two transcripts that differ in the assistant's last turn: what they share, ending in "\n\nAssistant:", and the rest. */
export interface SplitTranscripts {
  readonly prompt: string;
  readonly responses: readonly [string, string];
}

/** @returns null where the two are not alike up to their last "\n\nAssistant:". */
export const splitTranscriptPair = (first: string, second: string): SplitTranscripts | null => {
  const end = first.lastIndexOf(assistant);
  const prompt = first.slice(0, end + assistant.length);
  const isShared = end >= 0 && second.startsWith(prompt) && second.lastIndexOf(assistant) === end;
  return isShared ? { prompt, responses: [first.slice(prompt.length), second.slice(prompt.length)] } : null;
};

/** Whether a prompt is a dialogue that asks the assistant to speak. */
export const isTranscriptPrompt = (prompt: string): boolean => prompt.endsWith(assistant);
