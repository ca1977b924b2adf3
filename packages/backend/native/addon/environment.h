// All that one JavaScript environment (the main thread, or a worker) has of TensorFlow. Nothing is shared between them.
#pragma once

#include <node_api.h>

#include <string>

#include "async_queue.h"
#include "context.h"
#include "property_names.h"
#include "saved_models.h"
#include "tensors.h"

namespace accord {

class Environment {
 public:
  Environment(napi_env env, std::string config) : context(std::move(config)), propertyNames(env), queue(*this) {}

  // In this order: what comes later uses what comes before, and is freed first.
  const Context context;
  const PropertyNames propertyNames;
  TensorTable tensors;
  SavedModels savedModels;
  AsyncQueue queue;
};

}  // namespace accord
