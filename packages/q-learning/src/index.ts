// Control.
export { huberLoss, squaredLoss, type TdLoss } from "./control/td-loss.ts";

// Text.
