/** Where the text that starts at `start` has its closing quote. */
const closingQuote = (json: string, start: number): number => {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at;
};

const isSpace = (character: string | undefined): boolean =>
  character === " " || character === "\n" || character === "\r" || character === "\t";

const isFollowedByColon = (json: string, end: number): boolean => {
  let at = end + 1;
  while (isSpace(json[at])) at++;
  return json[at] === ":";
};

/**
 * The first key that one object of a JSON text holds twice; undefined where there is none.
 * JSON.parse keeps the last of two silently, which would hide a tensor.
 *
 * @param json  a text that JSON.parse has accepted.
 */
export const findDuplicateKey = (json: string): string | undefined => {
  const keysOfOpenObjects: Set<string>[] = [];
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === "{") keysOfOpenObjects.push(new Set());
    else if (character === "}") keysOfOpenObjects.pop();
    else if (character === '"') {
      const end = closingQuote(json, at);
      if (isFollowedByColon(json, end)) {
        const key: string = JSON.parse(json.slice(at, end + 1));
        const keys = keysOfOpenObjects.at(-1);
        if (keys?.has(key)) return key;
        keys?.add(key);
      }
      at = end;
    }
  }
  return undefined;
};
