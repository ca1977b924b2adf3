// Tensors of strings, which are arrays of Uint8Array in JavaScript.
#pragma once

#include <node_api.h>

#include <vector>

#include "tensorflow.h"

namespace accord {

Tensor createStrings(napi_env env, const std::vector<int64_t>& shape, int64_t count, napi_value data);
napi_value readStringTensor(napi_env env, const TF_Tensor* tensor);

}  // namespace accord
