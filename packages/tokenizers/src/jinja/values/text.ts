/** A part of a text that comes from one place. */
export interface Span {
  readonly text: string;
  /** Index of the message whose content this is; −1 for text of the template or its variables. */
  readonly source: number;
}

/** The template itself, as the source of a text. */
export const fromTemplate = -1;

/** A string of a template that knows where each of its characters comes from. */
export class Text {
  readonly value: string;
  /** One source for all of it, or the parts. Most texts have one source, and lists of parts take memory. */
  private readonly origin: number | readonly Span[];

  private constructor(value: string, origin: number | readonly Span[]) {
    this.value = value;
    this.origin = origin;
  }

  static of(value: string, source = fromTemplate): Text {
    return new Text(value, source);
  }

  /** Puts texts one after the other. Neighbours from the same place become one span. */
  static join(parts: readonly Text[]): Text {
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return only;
    const spans: { text: string; source: number }[] = [];
    for (const part of parts) {
      for (const { text, source } of part.spans) {
        const last = spans.at(-1);
        if (last?.source === source) last.text += text;
        else spans.push({ text, source });
      }
    }
    const [first, second] = spans;
    if (second === undefined) return new Text(first?.text ?? "", first?.source ?? fromTemplate);
    return new Text(spans.map(({ text }) => text).join(""), spans);
  }

  /** Parts in order, none of them empty. */
  get spans(): readonly Span[] {
    if (typeof this.origin !== "number") return this.origin;
    return this.value === "" ? [] : [{ text: this.value, source: this.origin }];
  }

  /** UTF-16 positions, as of String.slice, not negative. */
  slice(start: number, end = this.value.length): Text {
    if (start <= 0 && end >= this.value.length) return this;
    if (typeof this.origin === "number") return new Text(this.value.slice(start, end), this.origin);
    const parts: Text[] = [];
    let at = 0;
    for (const { text, source } of this.origin) {
      const part = text.slice(Math.max(0, start - at), Math.max(0, end - at));
      if (part !== "") parts.push(new Text(part, source));
      at += text.length;
      if (at >= end) break;
    }
    return Text.join(parts);
  }

  /** Changes each part by itself: for changes that don't look beyond a character. */
  map(change: (text: string) => string): Text {
    if (typeof this.origin === "number") return new Text(change(this.value), this.origin);
    return Text.join(this.origin.map(({ text, source }) => new Text(change(text), source)));
  }
}
