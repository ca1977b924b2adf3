import type { ChatMessage } from "@accord-rl/core";
import { createSplitter } from "./split-at.ts";

/** Two characters that Unicode keeps out of all texts: no template holds them, and no filter takes them for space. */
const open = "\uFDD0";
const close = "\uFDD1";

/** Marks of thoughts and tool results, which templates look for. */
const structure = ["<think>", "</think>", "<tool_response>", "</tool_response>"];

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
 * the template, or a special token of what it writes. Templates may trim contents and look for thoughts in them, so
 * spaces at the ends stay, and so do the marks of thoughts where they are no special tokens.
 */
export const hideContents = (
  messages: readonly ChatMessage[],
  isSpecial: (text: string) => boolean,
): HiddenContents => {
  const parts: string[] = [];
  const split = createSplitter(structure.filter((name) => !isSpecial(name)));
  const hide = (text: string): string => {
    const core = text.trim();
    if (core === "") return text;
    const start = text.length - text.trimStart().length;
    parts.push(core);
    return `${text.slice(0, start)}${open}${parts.length - 1}${close}${text.slice(start + core.length)}`;
  };
  const hidden = messages.map(({ role, content }) => ({
    role,
    content: split(content)
      .map(({ text, isName }) => (isName ? text : hide(text)))
      .join(""),
  }));
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
