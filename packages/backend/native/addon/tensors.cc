#include "tensors.h"

#include <cstring>
#include <new>

#include "element_types.h"
#include "javascript.h"
#include "string_tensors.h"

namespace accord {

int64_t TensorTable::add(TensorHandle tensor) {
  tensors_.emplace(next_, std::move(tensor));
  return next_++;
}

TFE_TensorHandle* TensorTable::get(int64_t id, const char* what) const {
  const auto found = tensors_.find(id);
  if (found != tensors_.end()) return found->second.get();
  throw std::runtime_error(std::string(what) + ": there is no tensor " + std::to_string(id) +
                           ": it was deleted, or never made");
}

void TensorTable::remove(int64_t id) {
  get(id, "deleteTensor");
  tensors_.erase(id);
}

namespace {

int64_t countElements(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) {
    if (size < 0) throw ArgumentError("createTensor: a size is negative");
    if (__builtin_mul_overflow(count, size, &count)) throw ArgumentError("createTensor: the shape is too large");
  }
  return count;
}

Tensor createNumbers(napi_env env, TF_DataType type, const std::vector<int64_t>& shape, napi_value data) {
  const ElementType* elementType = findElementType(type);
  if (elementType == nullptr) {
    throw ArgumentError("createTensor: tensors of type " + std::to_string(type) + " can't be made");
  }
  const TypedArray array = readTypedArray(env, data, "createTensor: values");
  if (!accepts(*elementType, array.type)) {
    throw ArgumentError("createTensor: values are of another kind than type " + std::to_string(type));
  }
  const int64_t count = countElements(shape);
  const uint64_t given = array.bytes / elementType->tensorElementBytes;
  if (array.bytes % elementType->tensorElementBytes != 0 || given != static_cast<uint64_t>(count)) {
    throw ArgumentError("createTensor: the shape has " + std::to_string(count) + " elements, the values are " +
                        std::to_string(array.bytes) + " bytes");
  }
  Tensor tensor(TF_AllocateTensor(type, shape.data(), static_cast<int>(shape.size()), array.bytes));
  if (tensor == nullptr || (array.bytes > 0 && TF_TensorData(tensor.get()) == nullptr)) throw std::bad_alloc();
  if (array.bytes > 0) std::memcpy(TF_TensorData(tensor.get()), array.data, array.bytes);
  return tensor;
}

napi_value readNumbers(napi_env env, const TF_Tensor* tensor) {
  const ElementType* elementType = findElementType(TF_TensorType(tensor));
  if (elementType == nullptr) {
    throw std::runtime_error("tensorDataSync: tensors of type " + std::to_string(TF_TensorType(tensor)) +
                             " can't be read");
  }
  const size_t bytes = TF_TensorByteSize(tensor);
  void* memory;
  napi_value buffer;
  napi_value result;
  check(env, napi_create_arraybuffer(env, bytes, &memory, &buffer));
  if (bytes > 0) std::memcpy(memory, TF_TensorData(tensor), bytes);
  const size_t length = bytes / elementType->arrayElementBytes;
  check(env, napi_create_typedarray(env, elementType->array, length, buffer, 0, &result));
  return result;
}

}  // namespace

TensorHandle createTensor(napi_env env, const Context& context, napi_value shape, napi_value type, napi_value data) {
  const std::vector<int64_t> sizes = readIntegers(env, shape, "createTensor: shape");
  const TF_DataType dataType = static_cast<TF_DataType>(readInteger(env, type, "createTensor: type"));
  const Tensor tensor = dataType == TF_STRING ? createStrings(env, sizes, countElements(sizes), data)
                                              : createNumbers(env, dataType, sizes, data);
  Status status;
  TensorHandle handle(TFE_NewTensorHandle(tensor.get(), status));
  status.check("createTensor");
  return context.place(std::move(handle));
}

napi_value readTensor(napi_env env, TFE_TensorHandle* handle) {
  Status status;
  const Tensor tensor(TFE_TensorHandleResolve(handle, status));
  status.check("tensorDataSync");
  return TF_TensorType(tensor.get()) == TF_STRING ? readStringTensor(env, tensor.get())
                                                  : readNumbers(env, tensor.get());
}

std::vector<int64_t> shapeOf(TFE_TensorHandle* tensor, Status& status) {
  const int rank = TFE_TensorHandleNumDims(tensor, status);
  status.check("reading a tensor's rank");
  std::vector<int64_t> shape(static_cast<size_t>(rank));
  for (int axis = 0; axis < rank; ++axis) {
    shape[static_cast<size_t>(axis)] = TFE_TensorHandleDim(tensor, axis, status);
    status.check("reading a tensor's shape");
  }
  return shape;
}

}  // namespace accord
