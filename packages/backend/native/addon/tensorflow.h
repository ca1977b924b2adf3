// Owners of the objects of TensorFlow's C API: each object is freed where its owner goes out of scope.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "tensorflow/c/c_api.h"
#include "tensorflow/c/eager/c_api.h"

namespace accord {

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};

template <class T, auto free>
using Owner = std::unique_ptr<T, Freed<free>>;

using Buffer = Owner<TF_Buffer, TF_DeleteBuffer>;
using ContextOptions = Owner<TFE_ContextOptions, TFE_DeleteContextOptions>;
using ContextHandle = Owner<TFE_Context, TFE_DeleteContext>;
using DeviceList = Owner<TF_DeviceList, TF_DeleteDeviceList>;
using Function = Owner<TF_Function, TF_DeleteFunction>;
using Graph = Owner<TF_Graph, TF_DeleteGraph>;
using ImportOptions = Owner<TF_ImportGraphDefOptions, TF_DeleteImportGraphDefOptions>;
using Op = Owner<TFE_Op, TFE_DeleteOp>;
using SessionOptions = Owner<TF_SessionOptions, TF_DeleteSessionOptions>;
using Tensor = Owner<TF_Tensor, TF_DeleteTensor>;
using TensorHandle = Owner<TFE_TensorHandle, TFE_DeleteTensorHandle>;

// An error that TensorFlow reported.
class TensorflowError : public std::runtime_error {
 public:
  TensorflowError(TF_Code code, const std::string& message) : std::runtime_error(message), code(code) {}
  const TF_Code code;
};

// What a call of the C API reports into. One may serve many calls.
class Status {
 public:
  operator TF_Status*() { return status_.get(); }

  // Throws TensorflowError, in the words "what: TensorFlow's own", when the last call failed.
  void check(const char* what) {
    if (TF_GetCode(status_.get()) == TF_OK) return;
    throw TensorflowError(TF_GetCode(status_.get()), std::string(what) + ": " + TF_Message(status_.get()));
  }
  void check(const std::string& what) { check(what.c_str()); }

 private:
  Owner<TF_Status, TF_DeleteStatus> status_{TF_NewStatus()};
};

}  // namespace accord
