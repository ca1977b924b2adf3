// Which typed array holds the elements of which type of tensor.
#pragma once

#include <node_api.h>

#include "tensorflow.h"

namespace accord {

struct ElementType {
  TF_DataType type;
  napi_typedarray_type array;
  size_t arrayElementBytes;
  size_t tensorElementBytes;
};

inline constexpr ElementType elementTypes[] = {
    {TF_FLOAT, napi_float32_array, 4, 4},
    {TF_INT32, napi_int32_array, 4, 4},
    {TF_BOOL, napi_uint8_array, 1, 1},
    {TF_INT64, napi_bigint64_array, 8, 8},
    {TF_UINT8, napi_uint8_array, 1, 1},
    {TF_COMPLEX64, napi_float32_array, 4, 8},  // real and imaginary part of each element
    {TF_HALF, napi_uint16_array, 2, 2},        // bits
    {TF_BFLOAT16, napi_uint16_array, 2, 2},    // bits
    {TF_COMPLEX128, napi_float64_array, 8, 16},
    {TF_DOUBLE, napi_float64_array, 8, 8},
    {TF_INT8, napi_int8_array, 1, 1},
    {TF_INT16, napi_int16_array, 2, 2},
    {TF_UINT16, napi_uint16_array, 2, 2},
    {TF_UINT32, napi_uint32_array, 4, 4},
    {TF_UINT64, napi_biguint64_array, 8, 8},
};

// nullptr = no typed array holds that type.
inline const ElementType* findElementType(TF_DataType type) {
  for (const ElementType& known : elementTypes) {
    if (known.type == type) return &known;
  }
  return nullptr;
}

// int64 also comes as pairs of int32, low part first; bytes also as clamped ones.
inline bool accepts(const ElementType& type, napi_typedarray_type array) {
  if (array == type.array) return true;
  if (type.type == TF_INT64) return array == napi_int32_array;
  return type.array == napi_uint8_array && array == napi_uint8_clamped_array;
}

}  // namespace accord
