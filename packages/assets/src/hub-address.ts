import { InvalidArgumentError, keepSecret } from "@accord-rl/core";

export interface HubAddress {
  /** Without a slash at its end, and without credentials. */
  readonly endpoint: string;
  /** The value of the Authorization header. */
  readonly authorization: string | undefined;
}

const refuse = (argument: string, message: string): never => {
  throw new InvalidArgumentError({ argument, value: undefined, message: `fetchHubModel: ${message}` });
};

const checkToken = (token: string): string => {
  keepSecret(token);
  const trimmed = token.trim();
  if (/^[\x21-\x7e]+$/.test(trimmed)) return trimmed;
  return refuse(
    "token",
    "the token (HF_TOKEN) holds a line break or another character that no token has; set it again",
  );
};

const parseUrl = (endpoint: string): URL => {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol)) return url;
  return refuse(
    "endpoint",
    "the endpoint (HF_ENDPOINT) is no http address; expected one such as https://huggingface.co",
  );
};

/**
 * Where the hub is and what proves who asks. Credentials in the address become a header: they must not stand in messages.
 *
 * @throws InvalidArgumentError, without the secret, for a token or address that can't be used.
 */
export const hubAddress = (endpoint: string, token: string | undefined): HubAddress => {
  const url = parseUrl(endpoint);
  const { username, password } = url;
  url.username = "";
  url.password = "";
  const address = url.href.replace(/\/+$/, "");
  if (token !== undefined && token.trim() !== "") {
    return { endpoint: address, authorization: `Bearer ${checkToken(token)}` };
  }
  if (username === "" && password === "") return { endpoint: address, authorization: undefined };
  keepSecret(decodeURIComponent(password));
  const pair = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  return { endpoint: address, authorization: `Basic ${pair.toString("base64")}` };
};
