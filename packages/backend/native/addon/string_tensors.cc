#include "string_tensors.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "javascript.h"

namespace accord {

namespace {

// TensorFlow frees the memory of a tensor, but not what long strings in it have allocated.
void freeStrings(void* memory, size_t bytes, void*) {
  TF_TString* strings = static_cast<TF_TString*>(memory);
  for (size_t i = 0; i < bytes / sizeof(TF_TString); ++i) TF_StringDealloc(&strings[i]);
  std::free(memory);
}

}  // namespace

Tensor createStrings(napi_env env, const std::vector<int64_t>& shape, int64_t count, napi_value data) {
  if (readLength(env, data, "createTensor: values") != count) {
    throw ArgumentError("createTensor: the shape has " + std::to_string(count) +
                        " elements, the array of strings another number");
  }
  const size_t bytes = static_cast<size_t>(count) * sizeof(TF_TString);
  void* memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) throw std::bad_alloc();
  TF_TString* strings = static_cast<TF_TString*>(memory);
  for (int64_t i = 0; i < count; ++i) TF_StringInit(&strings[i]);
  Tensor tensor(
      TF_NewTensor(TF_STRING, shape.data(), static_cast<int>(shape.size()), memory, bytes, freeStrings, nullptr));
  if (tensor == nullptr) throw std::bad_alloc();
  for (int64_t i = 0; i < count; ++i) {
    const HandleScope scope(env);
    const napi_value value = element(env, data, static_cast<uint32_t>(i));
    const TypedArray text = readBytes(env, value, "createTensor: strings");
    TF_StringCopy(&strings[i], static_cast<const char*>(text.data), text.bytes);
  }
  return tensor;
}

napi_value readStringTensor(napi_env env, const TF_Tensor* tensor) {
  const TF_TString* strings = static_cast<const TF_TString*>(TF_TensorData(tensor));
  const int64_t count = TF_TensorElementCount(tensor);
  napi_value result;
  check(env, napi_create_array_with_length(env, static_cast<size_t>(count), &result));
  for (int64_t i = 0; i < count; ++i) {
    const HandleScope scope(env);
    const size_t size = TF_StringGetSize(&strings[i]);
    void* memory;
    napi_value buffer;
    napi_value text;
    check(env, napi_create_arraybuffer(env, size, &memory, &buffer));
    if (size > 0) std::memcpy(memory, TF_StringGetDataPointer(&strings[i]), size);
    check(env, napi_create_typedarray(env, napi_uint8_array, size, buffer, 0, &text));
    check(env, napi_set_element(env, result, static_cast<uint32_t>(i), text));
  }
  return result;
}

}  // namespace accord
