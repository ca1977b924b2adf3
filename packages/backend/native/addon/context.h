// TensorFlow's eager context: its devices, its thread pools, its functions.
#pragma once

#include <string>

#include "tensorflow.h"

namespace accord {

class Context {
 public:
  // `config`: bytes of a tensorflow.ConfigProto.
  explicit Context(std::string config);

  TFE_Context* get() const { return context_.get(); }
  const std::string& config() const { return config_; }
  bool usesGpu() const { return !gpu_.empty(); }
  // Moves a new tensor to the GPU if there is one, but for integers and strings, which kernels want on the host.
  TensorHandle place(TensorHandle tensor) const;

 private:
  std::string config_;
  ContextHandle context_;
  std::string gpu_;
};

}  // namespace accord
