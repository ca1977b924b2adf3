export { sequenceRows } from "@accord-rl/policy-gradient";
