import type { ChatMessage } from "@accord-rl/core";

/** Two characters that Unicode keeps out of all texts: no template holds them, and no filter takes them for space. */
const open = "\uFDD0";
const close = "\uFDD1";

/** Spaces at the ends, and marks of thoughts and tool results, which templates look for. */
const structure = /^\s+|\s+$|\s*<\/?(?:think|tool_response)>\s*/gu;

/** Contents that are kept out of a template's reach. */
export interface HiddenContents {
  /** The messages with a mark in place of each part of a content that is nothing but text. */
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  /** Where the last message's text ends in what was rendered; −1 where it isn't there. */
  endOfLast(rendered: string): number;
  /** What was rendered, in order: the template's own text, and contents. Null when a mark was damaged. */
  reveal(rendered: string): { readonly text: string; readonly isContent: boolean }[] | null;
}

/**
 * Puts marks in place of contents, so that a template works on marks alone: nothing in a content can become part of
 * the template, or a special token of what it writes.
 *
 * @param isSpecial  whether a part that templates look for is a special token: such a part is hidden too.
 */
export const hideContents = (
  messages: readonly ChatMessage[],
  isSpecial: (text: string) => boolean,
): HiddenContents => {
  const parts: string[] = [];
  const hide = (text: string): string => {
    if (text === "") return "";
    parts.push(text);
    return `${open}${parts.length - 1}${close}`;
  };
  const hidden = messages.map(({ role, content }) => {
    let marked = "";
    let from = 0;
    for (const match of content.matchAll(structure)) {
      if (isSpecial(match[0].trim())) continue;
      marked += hide(content.slice(from, match.index)) + match[0];
      from = match.index + match[0].length;
    }
    return { role, content: marked + hide(content.slice(from)) };
  });
  const last = hidden.at(-1)?.content ?? "";
  return {
    messages: hidden,
    endOfLast: (rendered) => {
      const end = last.lastIndexOf(close) + 1;
      const mark = last.slice(last.lastIndexOf(open), end);
      const at = end === 0 ? -1 : rendered.lastIndexOf(mark);
      if (at < 0) return -1;
      const after = last.slice(end);
      return at + mark.length + (rendered.startsWith(after, at + mark.length) ? after.length : 0);
    },
    reveal: (rendered) => {
      const pieces = rendered.split(/\uFDD0(\d+)\uFDD1/u).map((piece, index) => {
        const isContent = index % 2 === 1;
        return { text: isContent ? (parts[Number(piece)] ?? open) : piece, isContent };
      });
      const isDamaged = pieces.some(({ text, isContent }) => !isContent && /[\uFDD0\uFDD1]/u.test(text));
      return isDamaged ? null : pieces.filter(({ text }) => text !== "");
    },
  };
};
