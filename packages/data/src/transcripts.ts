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
