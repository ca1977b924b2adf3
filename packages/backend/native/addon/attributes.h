// Attributes of operations: arrays of { name, type, value } with a TF_ATTR_ code as the type.
#pragma once

#include <node_api.h>

namespace accord {

class PropertyNames;
struct Operation;

void setAttributes(napi_env env, const PropertyNames& names, Operation& operation, napi_value attributes);

}  // namespace accord
