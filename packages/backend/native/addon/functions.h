// Graphs as functions: operations that are called by the function's name.
#pragma once

#include <node_api.h>

namespace accord {

class Environment;

// Arguments: name, bytes of a GraphDef, inputs and outputs as "node:0".
void addFunction(napi_env env, Environment& environment, const napi_value* arguments);
// Argument: name. Waits for asynchronous calls.
void removeFunction(napi_env env, Environment& environment, const napi_value* arguments);

}  // namespace accord
