import { join } from "node:path";
import { AccordError } from "@accord-rl/core";
import { describe, expect, it } from "vitest";
import { type Peer, startPeer } from "./peer.ts";

const script = join(import.meta.dirname, "__fixtures__/echo-peer.mjs");

/** Runs a check against a peer and ends the peer. */
const withPeer = async (program: string, check: (peer: Peer) => Promise<void>): Promise<void> => {
  const peer = startPeer(program, script, { threads: 1 });
  try {
    await check(peer);
  } finally {
    peer.dispose();
  }
};

describe("startPeer", () => {
  it("answers requests in order, and goes on after one that failed", () =>
    withPeer(process.execPath, async (peer) => {
      expect(await peer.request("echo", { seconds: [1, 2] })).toEqual({ seconds: [1, 2] });
      await expect(peer.request("fly")).rejects.toThrow("The peer failed to fly: ValueError: no fly");
      expect(await peer.request("echo")).toEqual({});
    }));

  it("says what the peer said when it ends too early", () =>
    withPeer(process.execPath, async (peer) => {
      await expect(peer.request("leave")).rejects.toThrow(/ended while asked to leave:\nleaving early/);
    }));

  it("says that a program is not there", () =>
    withPeer("/nowhere/python", async (peer) => {
      const error = await peer.request("echo").catch((reason: unknown) => reason);
      expect(AccordError.isInstance(error) && error.message).toMatch(
        "can't start: spawn /nowhere/python ENOENT",
      );
    }));
});
