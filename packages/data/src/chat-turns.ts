import { type Conversation, InvalidArgumentError } from "@accord-rl/core";
import { commonPrefix } from "./tokenize.ts";

/**
 * Turns a conversation into tokens as a model's chat template has it. The turns hold text only: what looks like one of
 * the model's special tokens must not become one.
 */
export type RenderChat = (
  conversation: Conversation,
  options: {
    /** Ends with what the template writes before an answer of the assistant. */
    readonly addGenerationPrompt: boolean;
  },
) => readonly number[];

/** The tokens of one turn of the assistant in a rendered conversation: from `begin` up to `end`. */
export interface TurnSpan {
  readonly begin: number;
  readonly end: number;
}

type Tokens = readonly number[];

const without = { addGenerationPrompt: false };
const asked = { addGenerationPrompt: true };

/** A token at the start of a text may differ from the one that stands there after other text. */
const seam = 2;

/** How far `part`, without its first `header` tokens, equals `tokens` from `at` on; the first tokens may differ. */
const agreement = (part: Tokens, header: number, tokens: Tokens, at: number): number => {
  let index = Math.min(header + seam, part.length);
  while (index < part.length && part[index] === tokens[at + index - header]) index += 1;
  return index;
};

/** Finds one turn by rendering the conversation up to it and through it. @returns undefined where these are no prefixes. */
const spanByPrefixes = (
  conversation: Conversation,
  tokens: Tokens,
  render: RenderChat,
  turn: number,
): TurnSpan | undefined => {
  // A template need not know what to write of nothing.
  const upTo = (end: number, options: typeof asked) =>
    end === 0 ? [] : render(conversation.slice(0, end), options);
  const opening = upTo(turn, asked);
  const begin = commonPrefix(opening, tokens);
  if (begin < opening.length) {
    const before = upTo(turn, without);
    if (commonPrefix(before, tokens) < before.length) return undefined;
  }
  const through = turn + 1 === conversation.length ? tokens : upTo(turn + 1, without);
  return commonPrefix(through, tokens) < through.length ? undefined : { begin, end: through.length };
};

/**
 * Finds the turns that follow `first` by rendering each alone, together with what it answers: a template that writes
 * turns one after the other writes the same tokens in the conversation. The work grows with the conversation's length.
 *
 * @returns undefined where the conversation's own tokens differ anywhere.
 */
const spansByExchanges = (
  conversation: Conversation,
  tokens: Tokens,
  render: RenderChat,
  turns: readonly number[],
  first: TurnSpan,
): TurnSpan[] | undefined => {
  const exchanges = turns.slice(1).map((turn, i) => conversation.slice((turns[i] ?? 0) + 1, turn + 1));
  if (exchanges.length < 2 || exchanges.some(({ length }) => length < 2)) return undefined;
  const alone = exchanges.map((exchange) => render(exchange, without));
  // What a template writes before all turns stands in front of each exchange, but only once in the conversation.
  const shared = alone.reduce(
    (least, part, i) => Math.min(least, commonPrefix(part, alone[i - 1] ?? part)),
    Infinity,
  );
  const fits = (part: Tokens, header: number, at: number) =>
    part.length > header + seam && agreement(part, header, tokens, at) === part.length;
  let header = 0;
  while (!fits(alone[0] as Tokens, header, first.end)) if (++header > shared) return undefined;
  const spans = [first];
  for (const [i, part] of alone.entries()) {
    const at = (spans.at(-1) as TurnSpan).end;
    if (!fits(part, header, at)) return undefined;
    const before = (exchanges[i] as Conversation).slice(0, -1);
    const opening = render(before, asked);
    const open = agreement(opening, header, tokens, at);
    if (open < opening.length && !fits(render(before, without), header, at)) return undefined;
    spans.push({ begin: at + open - header, end: at + part.length - header });
  }
  // A template may write turns otherwise for what stands far before them, such as a system prompt.
  const through = render(conversation.slice(0, (turns[1] ?? 0) + 1), without);
  if (through.length !== spans[1]?.end || commonPrefix(through, tokens) < through.length) return undefined;
  const isLast = turns.at(-1) === conversation.length - 1;
  return isLast && spans.at(-1)?.end !== tokens.length ? undefined : spans;
};

/** As `spansByExchanges`; a template may refuse an exchange that it would write within its conversation. */
const tryExchanges: typeof spansByExchanges = (...inputs) => {
  try {
    return spansByExchanges(...inputs);
  } catch {
    return undefined;
  }
};

/**
 * Where the assistant's turns stand in `tokens`, the rendered conversation, from turn `from` on.
 * @throws InvalidArgumentError for a template that writes a turn otherwise once others follow.
 */
export const assistantSpans = (
  conversation: Conversation,
  tokens: Tokens,
  render: RenderChat,
  from: number,
): readonly TurnSpan[] => {
  const turns = conversation.flatMap(({ role }, turn) =>
    role === "assistant" && turn >= from ? [turn] : [],
  );
  const find = (turn: number): TurnSpan => {
    const span = spanByPrefixes(conversation, tokens, render, turn);
    if (span) return span;
    const message = `toChatExamples: the template writes the turns up to ${turn + 1} otherwise when others follow: which tokens are the assistant's can't be told; learn from its last turn alone, as { prompt, completion }`;
    throw new InvalidArgumentError({ argument: "render", value: conversation, message });
  };
  const [earliest, ...others] = turns;
  if (earliest === undefined) return [];
  const first = find(earliest);
  return tryExchanges(conversation, tokens, render, turns, first) ?? [first, ...others.map(find)];
};
