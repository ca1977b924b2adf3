import type { Environment, Stateful } from "@accord-rl/core";
import { type ControlOptions, createControl, type Dynamics, drawUniform } from "./control.ts";

const gravity = 9.8;
const interval = 0.2;
const fastest1 = 4 * Math.PI;
const fastest2 = 9 * Math.PI;

const clip = (value: number, limit: number): number => Math.min(Math.max(value, -limit), limit);

/** The same angle within −π … π. */
const wrap = (angle: number): number => {
  let wrapped = angle;
  while (wrapped > Math.PI) wrapped -= 2 * Math.PI;
  while (wrapped < -Math.PI) wrapped += 2 * Math.PI;
  return wrapped;
};

/**
 * Time derivatives of [angle 1, angle 2, spin 1, spin 2], with masses, lengths and moments of inertia 1 and centres of
 * mass in the middle. Angle 1 counts from hanging down, angle 2 from the first link.
 */
const derive = (state: Float64Array, torque: number, derivatives: Float64Array): void => {
  const angle1 = state[0]!;
  const angle2 = state[1]!;
  const spin1 = state[2]!;
  const spin2 = state[3]!;
  const cosine = Math.cos(angle2);
  const sine = Math.sin(angle2);
  const d1 = 3.5 + cosine;
  const d2 = 1.25 + 0.5 * cosine;
  const phi2 = 0.5 * gravity * Math.sin(angle1 + angle2);
  const phi1 = -0.5 * spin2 * spin2 * sine - spin2 * spin1 * sine + 1.5 * gravity * Math.sin(angle1) + phi2;
  const change2 = (torque + (d2 / d1) * phi1 - 0.5 * spin1 * spin1 * sine - phi2) / (1.25 - (d2 * d2) / d1);
  derivatives[0] = spin1;
  derivatives[1] = spin2;
  derivatives[2] = -(d2 * change2 + phi1) / d1;
  derivatives[3] = change2;
};

/** Moves a state on by one Runge-Kutta step of fourth order, in place. Holds its scratch memory. */
const createIntegrator = () => {
  const [first, second, third, fourth, between] = Array.from({ length: 5 }, () => new Float64Array(4)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  const moved = (state: Float64Array, duration: number, slope: Float64Array): Float64Array => {
    for (let i = 0; i < 4; i++) between[i] = state[i]! + duration * slope[i]!;
    return between;
  };
  return (state: Float64Array, torque: number): void => {
    derive(state, torque, first);
    derive(moved(state, interval / 2, first), torque, second);
    derive(moved(state, interval / 2, second), torque, third);
    derive(moved(state, interval, third), torque, fourth);
    for (let i = 0; i < 4; i++)
      state[i]! += (interval / 6) * (first[i]! + 2 * second[i]! + 2 * third[i]! + fourth[i]!);
  };
};

const createDynamics = (): Dynamics => {
  const integrate = createIntegrator();
  const state = new Float64Array(4);
  return {
    name: "Acrobot-v1",
    width: 4,
    observationWidth: 6,
    actions: 3,
    timeLimit: 500,
    rewards: { step: -1, last: 0 },
    start: (states, at, random) => {
      drawUniform(states, [at, at + 4], { low: -0.1, high: 0.1, random });
      // Gymnasium rounds the start to float32.
      for (let i = at; i < at + 4; i++) states[i] = Math.fround(states[i]!);
    },
    advance: (states, at, action) => {
      for (let i = 0; i < 4; i++) state[i] = states[at + i]!;
      integrate(state, action - 1);
      const angle1 = wrap(state[0]!);
      const angle2 = wrap(state[1]!);
      states[at] = angle1;
      states[at + 1] = angle2;
      states[at + 2] = clip(state[2]!, fastest1);
      states[at + 3] = clip(state[3]!, fastest2);
      return -Math.cos(angle1) - Math.cos(angle2 + angle1) > 1;
    },
    show: (states, at, observations, to) => {
      observations[to] = Math.cos(states[at]!);
      observations[to + 1] = Math.sin(states[at]!);
      observations[to + 2] = Math.cos(states[at + 1]!);
      observations[to + 3] = Math.sin(states[at + 1]!);
      observations[to + 4] = states[at + 2]!;
      observations[to + 5] = states[at + 3]!;
    },
  };
};

/**
 * Swing a chain of two links above a line by torque −1 (0), 0 (1) or 1 N·m (2) at the joint: Gymnasium's Acrobot-v1.
 *
 * Reward −1 for each step, 0 for the one that gets there. Terminates where −cos θ₁ − cos(θ₁ + θ₂) > 1; cut after 500
 * steps of 0.2 s. Observation: cosine and sine of θ₁ and of θ₂, both angular velocities. Starts are uniform in ±0.1.
 *
 * @see Sutton & Barto 2018, Reinforcement Learning, 2nd ed., §9.8 of the 1st ed.: the book's dynamics.
 */
export const createAcrobot = (options?: ControlOptions): Environment & Stateful =>
  createControl(createDynamics(), options);
