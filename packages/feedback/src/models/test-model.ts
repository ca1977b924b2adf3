import type { Completion, Conversation, Random, TextModel } from "@accord-rl/core";

export const lastContent = (conversation: Conversation): string => conversation.at(-1)!.content;

const wordsIn = (conversation: Conversation): number =>
  conversation.reduce((sum, { content }) => sum + content.split(/\s+/).length, 0);

/** A model made of functions, which notes every conversation that it is paid for. */
export const createTestModel = ({
  name = "test-model",
  score,
  say = () => "1",
}: {
  readonly name?: string;
  readonly score?: (conversation: Conversation, candidates: readonly string[]) => readonly number[];
  readonly say?: (conversation: Conversation, random: Random | undefined) => string;
} = {}): TextModel & { readonly asked: Conversation[]; readonly calls: number[] } => {
  const asked: Conversation[] = [];
  const calls: number[] = [];
  const note = (conversations: readonly Conversation[]) => {
    asked.push(...conversations);
    calls.push(conversations.length);
  };
  return {
    name,
    asked,
    calls,
    complete: async (conversations, { random }) => {
      note(conversations);
      return conversations.map((conversation): Completion => {
        const text = say(conversation, random);
        return { text, finished: true, inputTokens: wordsIn(conversation), outputTokens: 1 };
      });
    },
    ...(score
      ? {
          scoreCandidates: async (conversations, candidates, { onUsage } = {}) => {
            note(conversations);
            return conversations.map((conversation, index) => {
              onUsage?.(index, { inputTokens: wordsIn(conversation), outputTokens: 1 });
              return score(conversation, candidates);
            });
          },
        }
      : {}),
  };
};
