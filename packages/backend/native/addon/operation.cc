#include "operation.h"

#include "attributes.h"
#include "blocked_signals.h"
#include "environment.h"
#include "javascript.h"

namespace accord {

namespace {

constexpr int64_t largestOutputCount = 1 << 20;

void addInputs(napi_env env, const TensorTable& tensors, Operation& operation, napi_value ids, Status& status) {
  const uint32_t count = readLength(env, ids, "executeOp: inputs");
  for (uint32_t i = 0; i < count; ++i) {
    const int64_t id = readInteger(env, element(env, ids, i), "executeOp: inputs");
    TFE_OpAddInput(operation.op.get(), tensors.get(id, operation.name.c_str()), status);
    status.check(operation.name.c_str());
  }
}

}  // namespace

Operation readOperation(napi_env env, Environment& environment, const napi_value* arguments) {
  Operation operation{readName(env, arguments[0], "executeOp: name"), nullptr, 0};
  const int64_t outputCount = readInteger(env, arguments[3], "executeOp: output count");
  if (outputCount < 0 || outputCount > largestOutputCount) {
    throw ArgumentError("executeOp: output count: expected 0 to " + std::to_string(largestOutputCount));
  }
  operation.outputCount = static_cast<int>(outputCount);
  Status status;
  operation.op.reset(TFE_NewOp(environment.context.get(), operation.name.c_str(), status));
  status.check(operation.name.c_str());
  // Inputs first: the types that TensorFlow takes from them win over attributes. tfjs-node's Mean passes a wrong one.
  addInputs(env, environment.tensors, operation, arguments[2], status);
  setAttributes(env, environment.propertyNames, operation, arguments[1]);
  return operation;
}

std::vector<TensorHandle> run(Operation& operation) {
  int count = operation.outputCount;
  std::vector<TFE_TensorHandle*> outputs(static_cast<size_t>(count), nullptr);
  Status status;
  {
    const BlockedSignals blocked;
    TFE_Execute(operation.op.get(), outputs.data(), &count, status);
  }
  std::vector<TensorHandle> tensors;
  tensors.reserve(outputs.size());
  for (TFE_TensorHandle* output : outputs) {
    if (output != nullptr) tensors.emplace_back(output);
  }
  status.check(operation.name.c_str());
  if (count != operation.outputCount) {
    throw std::runtime_error(operation.name + " has " + std::to_string(count) + " outputs, expected " +
                             std::to_string(operation.outputCount));
  }
  return tensors;
}

napi_value describe(napi_env env, Environment& environment, std::vector<TensorHandle> tensors) {
  const PropertyNames::OfMetadata names = environment.propertyNames.ofMetadata(env);
  Status status;
  napi_value result;
  check(env, napi_create_array_with_length(env, tensors.size(), &result));
  for (uint32_t i = 0; i < tensors.size(); ++i) {
    const std::vector<int64_t> sizes = shapeOf(tensors[i].get(), status);
    const TF_DataType type = TFE_TensorHandleDataType(tensors[i].get());
    napi_value shape;
    napi_value metadata;
    check(env, napi_create_array_with_length(env, sizes.size(), &shape));
    for (uint32_t axis = 0; axis < sizes.size(); ++axis) {
      check(env, napi_set_element(env, shape, axis, number(env, static_cast<double>(sizes[axis]))));
    }
    check(env, napi_create_object(env, &metadata));
    const double id = static_cast<double>(environment.tensors.add(std::move(tensors[i])));
    check(env, napi_set_property(env, metadata, names.id, number(env, id)));
    check(env, napi_set_property(env, metadata, names.shape, shape));
    check(env, napi_set_property(env, metadata, names.dtype, number(env, type)));
    check(env, napi_set_element(env, result, i, metadata));
  }
  return result;
}

}  // namespace accord
