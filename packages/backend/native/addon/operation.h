// One call of an operation or function: what executeOp and executeOpAsync share.
#pragma once

#include <node_api.h>

#include <string>
#include <vector>

#include "tensorflow.h"

namespace accord {

class Environment;

// Ready to run; holds its input tensors, so that they may be deleted meanwhile.
struct Operation {
  std::string name;
  Op op;
  int outputCount;
};

// From the arguments: name, attributes, numbers of the input tensors, count of outputs.
Operation readOperation(napi_env env, Environment& environment, const napi_value* arguments);

// Runs it, on any thread.
std::vector<TensorHandle> run(Operation& operation);

// Gives the tensors numbers; an array of { id, shape, dtype }.
napi_value describe(napi_env env, Environment& environment, std::vector<TensorHandle> tensors);

}  // namespace accord
