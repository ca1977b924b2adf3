// The tensors that JavaScript holds, by number.
#pragma once

#include <node_api.h>

#include <unordered_map>
#include <vector>

#include "context.h"
#include "tensorflow.h"

namespace accord {

class TensorTable {
 public:
  int64_t add(TensorHandle tensor);
  // Throws for a number that no tensor has.
  TFE_TensorHandle* get(int64_t id, const char* what) const;
  void remove(int64_t id);
  size_t size() const { return tensors_.size(); }

 private:
  std::unordered_map<int64_t, TensorHandle> tensors_;
  int64_t next_ = 0;
};

// A tensor of a shape, a type, and a typed array or, for strings, an array of Uint8Array. The contents are copied.
TensorHandle createTensor(napi_env env, const Context& context, napi_value shape, napi_value type, napi_value data);

// A tensor's elements, copied: a typed array, or an array of Uint8Array for strings.
napi_value readTensor(napi_env env, TFE_TensorHandle* tensor);

// The sizes of a tensor's axes.
std::vector<int64_t> shapeOf(TFE_TensorHandle* tensor, Status& status);

}  // namespace accord
