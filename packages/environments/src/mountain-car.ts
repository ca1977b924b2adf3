import type { Environment, Stateful } from "@accord-rl/core";
import { type ControlOptions, createControl, type Dynamics, drawUniform } from "./control.ts";

const engine = 0.001;
const gravity = 0.0025;
const fastest = 0.07;
const leftEnd = -1.2;
const rightEnd = 0.6;
const goal = 0.5;

const clip = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/** State: position, velocity. */
const mountainCar: Dynamics = {
  name: "MountainCar-v0",
  width: 2,
  observationWidth: 2,
  actions: 3,
  timeLimit: 200,
  rewards: { step: -1, last: -1 },
  start: (states, at, random) => {
    drawUniform(states, [at, at + 1], { low: -0.6, high: -0.4, random });
    states[at + 1] = 0;
  },
  advance: (states, at, action) => {
    const position = states[at]!;
    const change = (action - 1) * engine - Math.cos(3 * position) * gravity;
    const velocity = clip(states[at + 1]! + change, -fastest, fastest);
    const next = clip(position + velocity, leftEnd, rightEnd);
    const isStopped = next === leftEnd && velocity < 0;
    states[at] = next;
    states[at + 1] = isStopped ? 0 : velocity;
    return next >= goal && velocity >= 0;
  },
  show: (states, at, observations, to) => {
    observations[to] = states[at]!;
    observations[to + 1] = states[at + 1]!;
  },
};

/**
 * Drive a weak car out of a valley by swinging: Gymnasium's MountainCar-v0. Push left (0), not at all (1), right (2).
 *
 * Reward −1 for each step. Terminates at position 0.5; cut after 200 steps. Observation: position, velocity. Starts are
 * uniform in −0.6 … −0.4, at rest.
 *
 * @see Moore 1990, Efficient memory-based learning for robot control, PhD thesis, Cambridge.
 */
export const createMountainCar = (options?: ControlOptions): Environment & Stateful =>
  createControl(mountainCar, options);
