console.log("gradients bundle: not yet");
