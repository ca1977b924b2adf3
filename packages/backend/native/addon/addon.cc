// The addon: what JavaScript can call.
#include <iterator>

#include "environment.h"
#include "functions.h"
#include "javascript.h"

namespace accord {

namespace {

constexpr size_t mostArguments = 4;

// The environment of this thread, once it is started.
struct Slot {
  std::unique_ptr<Environment> environment;
};

using Method = napi_value (*)(napi_env env, Environment& environment, const napi_value* arguments);

napi_value start(napi_env env, Slot& slot, const napi_value* arguments) {
  const TypedArray bytes = readBytes(env, arguments[0], "start: configuration");
  std::string config(static_cast<const char*>(bytes.data), bytes.bytes);
  if (slot.environment == nullptr) {
    slot.environment = std::make_unique<Environment>(env, std::move(config));
  } else if (slot.environment->context.config() != config) {
    throw std::runtime_error("start: TensorFlow runs in this thread already, with other options");
  }
  return undefined(env);
}

napi_value createTensor(napi_env env, Environment& environment, const napi_value* arguments) {
  TensorHandle tensor = createTensor(env, environment.context, arguments[0], arguments[1], arguments[2]);
  return number(env, static_cast<double>(environment.tensors.add(std::move(tensor))));
}

napi_value deleteTensor(napi_env env, Environment& environment, const napi_value* arguments) {
  environment.tensors.remove(readInteger(env, arguments[0], "deleteTensor: tensor"));
  return undefined(env);
}

napi_value tensorDataSync(napi_env env, Environment& environment, const napi_value* arguments) {
  const int64_t id = readInteger(env, arguments[0], "tensorDataSync: tensor");
  return readTensor(env, environment.tensors.get(id, "tensorDataSync"));
}

napi_value executeOp(napi_env env, Environment& environment, const napi_value* arguments) {
  Operation operation = readOperation(env, environment, arguments);
  return describe(env, environment, run(operation));
}

napi_value executeOpAsync(napi_env env, Environment& environment, const napi_value* arguments) {
  return environment.queue.push(env, readOperation(env, environment, arguments));
}

napi_value addFunction(napi_env env, Environment& environment, const napi_value* arguments) {
  accord::addFunction(env, environment, arguments);
  return undefined(env);
}

napi_value removeFunction(napi_env env, Environment& environment, const napi_value* arguments) {
  accord::removeFunction(env, environment, arguments);
  return undefined(env);
}

napi_value loadSavedModel(napi_env env, Environment& environment, const napi_value* arguments) {
  return number(env, static_cast<double>(environment.savedModels.load(env, environment, arguments)));
}

napi_value runSavedModel(napi_env env, Environment& environment, const napi_value* arguments) {
  return environment.savedModels.run(env, environment, arguments);
}

napi_value deleteSavedModel(napi_env env, Environment& environment, const napi_value* arguments) {
  environment.savedModels.remove(readInteger(env, arguments[0], "deleteSavedModel: model"));
  return undefined(env);
}

napi_value getNumOfSavedModels(napi_env env, Environment& environment, const napi_value*) {
  return number(env, static_cast<double>(environment.savedModels.size()));
}

napi_value getNumOfTensors(napi_env env, Environment& environment, const napi_value*) {
  return number(env, static_cast<double>(environment.tensors.size()));
}

napi_value isUsingGpuDevice(napi_env env, Environment& environment, const napi_value*) {
  napi_value result;
  check(env, napi_get_boolean(env, environment.context.usesGpu(), &result));
  return result;
}

// Arguments that are missing come as undefined.
template <class Body>
napi_value guarded(napi_env env, napi_callback_info info, Body body) noexcept {
  try {
    napi_value arguments[mostArguments];
    size_t count = mostArguments;
    check(env, napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr));
    void* slot;
    check(env, napi_get_instance_data(env, &slot));
    return body(*static_cast<Slot*>(slot), arguments);
  } catch (...) {
    rethrowToJavaScript(env);
    return nullptr;
  }
}

template <Method method>
napi_value call(napi_env env, napi_callback_info info) noexcept {
  return guarded(env, info, [env](Slot& slot, const napi_value* arguments) {
    if (slot.environment == nullptr) throw std::runtime_error("TensorFlow is not started: call start first");
    return method(env, *slot.environment, arguments);
  });
}

napi_value callStart(napi_env env, napi_callback_info info) noexcept {
  return guarded(env, info,
                 [env](Slot& slot, const napi_value* arguments) { return start(env, slot, arguments); });
}

napi_property_descriptor method(const char* name, napi_callback callback) {
  return {name, nullptr, callback, nullptr, nullptr, nullptr, napi_enumerable, nullptr};
}

napi_property_descriptor constant(const char* name, napi_value value) {
  return {name, nullptr, nullptr, nullptr, nullptr, value, napi_enumerable, nullptr};
}

void defineExports(napi_env env, napi_value exports) {
#define NUMBER(name) constant(#name, number(env, name))
#define METHOD(name) method(#name, call<name>)
  const napi_property_descriptor properties[] = {
      method("start", callStart),
      METHOD(createTensor),
      METHOD(deleteTensor),
      METHOD(tensorDataSync),
      METHOD(executeOp),
      METHOD(executeOpAsync),
      METHOD(addFunction),
      METHOD(removeFunction),
      METHOD(loadSavedModel),
      METHOD(runSavedModel),
      METHOD(deleteSavedModel),
      METHOD(getNumOfSavedModels),
      METHOD(getNumOfTensors),
      METHOD(isUsingGpuDevice),
      constant("TF_Version", string(env, TF_Version())),
      NUMBER(TF_FLOAT),
      NUMBER(TF_DOUBLE),
      NUMBER(TF_INT32),
      NUMBER(TF_UINT8),
      NUMBER(TF_INT16),
      NUMBER(TF_INT8),
      NUMBER(TF_STRING),
      NUMBER(TF_COMPLEX64),
      NUMBER(TF_INT64),
      NUMBER(TF_BOOL),
      NUMBER(TF_BFLOAT16),
      NUMBER(TF_UINT16),
      NUMBER(TF_HALF),
      NUMBER(TF_RESOURCE),
      NUMBER(TF_UINT32),
      NUMBER(TF_UINT64),
      NUMBER(TF_ATTR_STRING),
      NUMBER(TF_ATTR_INT),
      NUMBER(TF_ATTR_FLOAT),
      NUMBER(TF_ATTR_BOOL),
      NUMBER(TF_ATTR_TYPE),
      NUMBER(TF_ATTR_SHAPE),
      NUMBER(TF_ATTR_FUNC),
  };
#undef NUMBER
#undef METHOD
  check(env, napi_define_properties(env, exports, std::size(properties), properties));
}

}  // namespace

}  // namespace accord

NAPI_MODULE_INIT() {
  using namespace accord;
  try {
    auto slot = std::make_unique<Slot>();
    const auto free = [](napi_env, void* slot, void*) { delete static_cast<Slot*>(slot); };
    check(env, napi_set_instance_data(env, slot.get(), free, nullptr));
    slot.release();
    defineExports(env, exports);
  } catch (...) {
    rethrowToJavaScript(env);
  }
  return exports;
}
