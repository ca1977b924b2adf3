import type { Environment, Stateful } from "@accord-rl/core";
import { type ControlOptions, createControl, type Dynamics, drawUniform } from "./control.ts";

/** SI units: metres, kilograms, seconds. */
const gravity = 9.8;
const poleMass = 0.1;
const totalMass = 1.1;
const halfLength = 0.5;
const force = 10;
const interval = 0.02;
const farthest = 2.4;
/** 12 degrees. */
const steepest = (12 * 2 * Math.PI) / 360;

/** State: position, velocity, angle from upright, angular velocity. */
const cartPole: Dynamics = {
  name: "CartPole-v1",
  width: 4,
  observationWidth: 4,
  actions: 2,
  timeLimit: 500,
  rewards: { step: 1, last: 1 },
  start: (states, at, random) => drawUniform(states, [at, at + 4], { low: -0.05, high: 0.05, random }),
  advance: (states, at, action) => {
    const x = states[at]!;
    const velocity = states[at + 1]!;
    const angle = states[at + 2]!;
    const spin = states[at + 3]!;
    const cosine = Math.cos(angle);
    const sine = Math.sin(angle);
    const push = ((action === 1 ? force : -force) + poleMass * halfLength * spin * spin * sine) / totalMass;
    const spinChange =
      (gravity * sine - cosine * push) / (halfLength * (4 / 3 - (poleMass * (cosine * cosine)) / totalMass));
    const acceleration = push - (poleMass * halfLength * spinChange * cosine) / totalMass;
    const nextX = x + interval * velocity;
    const nextAngle = angle + interval * spin;
    states[at] = nextX;
    states[at + 1] = velocity + interval * acceleration;
    states[at + 2] = nextAngle;
    states[at + 3] = spin + interval * spinChange;
    return Math.abs(nextX) > farthest || Math.abs(nextAngle) > steepest;
  },
  show: (states, at, observations, to) => {
    for (let i = 0; i < 4; i++) observations[to + i] = states[at + i]!;
  },
};

/**
 * Keep a pole upright on a cart by pushing left (0) or right (1): Gymnasium's CartPole-v1.
 *
 * Reward 1 for each step. Terminates beyond 2.4 m or 12°; cut after 500 steps. Observation: position (m), velocity,
 * angle (rad), angular velocity. Explicit Euler steps of 0.02 s; starts are uniform in ±0.05.
 *
 * @see Barto, Sutton & Anderson 1983, Neuronlike adaptive elements. https://doi.org/10.1109/TSMC.1983.6313077
 * @see Florian 2007, Correct equations for the dynamics of the cart-pole system.
 */
export const createCartPole = (options?: ControlOptions): Environment & Stateful =>
  createControl(cartPole, options);
