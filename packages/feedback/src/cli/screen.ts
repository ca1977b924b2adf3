import { showSafely, widthOf, wrapText } from "./safe-text.ts";
import type { Session } from "./session.ts";

/** How things are made to stand out. */
export interface Style {
  readonly strong: (text: string) => string;
  readonly faint: (text: string) => string;
}

export const plainStyle: Style = { strong: (text) => text, faint: (text) => text };
export const terminalStyle: Style = {
  strong: (text) => `\u001b[1m${text}\u001b[22m`,
  faint: (text) => `\u001b[2m${text}\u001b[22m`,
};

const keys = "1 / 2 better · t tie · s skip · u undo · q quit";

const block = (title: string, text: string, columns: number, { strong, faint }: Style): string => {
  const rule = "─".repeat(Math.max(columns - widthOf(title) - 4, 1));
  const body = wrapText(showSafely(text.trim() === "" ? "(empty)" : text), columns);
  return `${faint("──")} ${strong(title)} ${faint(rule)}\n${body}\n`;
};

/** What stands on the screen: the prompt, both responses and the keys; or that nothing is left. */
export const renderSession = (
  session: Session,
  { columns, style, message }: { columns: number; style: Style; message?: string | undefined },
): string => {
  const { question, labeled, skipped, total } = session;
  const counts = `${labeled} of ${total} labeled${skipped === 0 ? "" : `, ${skipped} skipped`}`;
  const note = message === undefined ? "" : `${style.strong(message)}\n`;
  if (question === undefined) {
    return `${note}${counts}. Nothing is left: u takes the last answer back, q ends.\n`;
  }
  const { pair, shown } = question;
  return [
    pair.prompt === "" ? "" : block("Prompt", pair.prompt, columns, style),
    block("1", shown[0], columns, style),
    block("2", shown[1], columns, style),
    note,
    `${counts}\n${wrapText(keys, columns)}\n`,
  ].join("");
};
