/** Two responses to one prompt, in the order in which they are shown. What a labeler of text judges. */
export interface ResponsePair {
  /** What names the pair in caches, files and reports. */
  readonly id: string;
  readonly prompt: string;
  readonly first: string;
  readonly second: string;
}
