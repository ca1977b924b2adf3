import { InvalidArgumentError, keepSecret } from "@accord-rl/core";
import { openAiUrl } from "./openai-options.ts";

/** Where requests go, and what they are allowed with. */
export interface OpenAiServer {
  /** Without a user or password. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What to mend where the server does not accept it. */
  readonly secretName: string;
}

const fail = (argument: string, value: unknown, problem: string): never => {
  throw new InvalidArgumentError({ argument, value, message: `createOpenAiModel: ${problem}` });
};

/** The values of these errors stay out of them: they may hold a password. */
const parseUrl = (baseUrl: string): URL => {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (!url || !["http:", "https:"].includes(url.protocol)) {
    return fail("baseUrl", undefined, "baseUrl is no URL of a server, expected http://… or https://…");
  }
  if (url.search !== "" || url.hash !== "") {
    return fail("baseUrl", undefined, "baseUrl has a query or a fragment, expected a URL without them");
  }
  return url;
};

/** Characters that a header can't carry: fetch would refuse them with the whole key in its message. */
const isHeaderSafe = (key: string): boolean => /^[\x21-\x7e]+$/.test(key);

const findKey = (baseUrl: string | undefined, keyVariable: string | undefined): string | undefined => {
  const variable = keyVariable ?? "OPENAI_API_KEY";
  const key = process.env[variable]?.trim();
  if (key) {
    if (isHeaderSafe(key)) return key;
    const problem = `the environment variable ${variable} holds a space, a line break or another character that no key has; set it to the key alone`;
    return fail("keyVariable", variable, problem);
  }
  if (baseUrl !== undefined && keyVariable === undefined) return undefined;
  const problem = `the environment variable ${variable} is not set, expected the server's key in it`;
  return fail("keyVariable", variable, problem);
};

/** Which of an account's organizations and projects pays, as OpenAI's own clients read it from the environment. */
const accountHeaders = (): Record<string, string> => {
  const { OPENAI_ORG_ID: organization = "", OPENAI_PROJECT_ID: project = "" } = process.env;
  return {
    ...(isHeaderSafe(organization) && { "openai-organization": organization }),
    ...(isHeaderSafe(project) && { "openai-project": project }),
  };
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/**
 * The server of a base URL with its key. A user and password in the URL become a header, so that they appear in no name.
 *
 * @throws InvalidArgumentError where a key is needed and its variable is not set or holds none; for a URL that is none.
 */
export const findServer = (baseUrl: string | undefined, keyVariable: string | undefined): OpenAiServer => {
  const given = baseUrl ?? openAiUrl;
  const url = parseUrl(given);
  if (url.username === "" && url.password === "") {
    const key = findKey(baseUrl, keyVariable);
    keepSecret(key);
    return {
      url: given.replace(/\/$/, ""),
      headers: {
        ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        ...(baseUrl === undefined ? accountHeaders() : {}),
      },
      secretName: `the key in ${keyVariable ?? "OPENAI_API_KEY"}`,
    };
  }
  const [user, password] = [decoded(url.username), decoded(url.password)];
  const encoded = Buffer.from(`${user}:${password}`).toString("base64");
  for (const secret of [url.password, password, `${user}:${password}`]) keepSecret(secret);
  url.username = "";
  url.password = "";
  return {
    url: url.href.replace(/\/$/, ""),
    headers: { authorization: `Basic ${encoded}` },
    secretName: "the user and password in baseUrl",
  };
};
