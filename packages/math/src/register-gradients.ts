// tfjs-core registers no gradients in Node: importing this file does (see tools/bundle-gradients.mjs).
import "../generated/gradients.js";
