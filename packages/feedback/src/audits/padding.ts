/** Makes a text longer without saying anything more. */
export type Pad = (text: string) => string;

/** Says everything a second time. */
export const repeatContent: Pad = (text) => `${text}\n\nIn other words: ${text.trim()}`;

/** Adds sentences that fit any answer. */
export const addFiller: Pad = (text) =>
  `${text.trimEnd()} As mentioned above, this covers the main points. There is more that could be said, and it is worth keeping all of this in mind. To sum up, these are the points that were made above.`;
