/**
 * The first key that one object of a JSON text holds twice; undefined where there is none.
 * JSON.parse keeps the last of two silently, which would hide a tensor.
 *
 * @param json  a text that JSON.parse has accepted.
 */
export const findDuplicateKey = (json: string): string | undefined => {
  const keysOfOpenObjects: Set<string>[] = [];
  // Strings, and the brackets that open and close objects; a string before a colon is a key.
  for (const [token, text, colon] of json.matchAll(/("(?:[^"\\]+|\\.)*")\s*(:)?|[{}]/g)) {
    if (token === "{") keysOfOpenObjects.push(new Set());
    else if (token === "}") keysOfOpenObjects.pop();
    else if (colon !== undefined && text !== undefined) {
      const key: string = JSON.parse(text);
      const keys = keysOfOpenObjects.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
  }
  return undefined;
};
