#include "javascript.h"

#include <cmath>

#include "tensorflow.h"

namespace accord {

namespace {

// Names of TF_Code, which are those of absl::StatusCode.
const char* codeName(TF_Code code) {
  static const char* const names[] = {
      "OK",                "CANCELLED",         "UNKNOWN",             "INVALID_ARGUMENT", "DEADLINE_EXCEEDED",
      "NOT_FOUND",         "ALREADY_EXISTS",    "PERMISSION_DENIED",   "RESOURCE_EXHAUSTED",
      "FAILED_PRECONDITION", "ABORTED",         "OUT_OF_RANGE",        "UNIMPLEMENTED",    "INTERNAL",
      "UNAVAILABLE",       "DATA_LOSS",         "UNAUTHENTICATED"};
  const size_t index = static_cast<size_t>(code);
  return index < sizeof(names) / sizeof(*names) ? names[index] : "UNKNOWN";
}

[[noreturn]] void wrongKind(const char* what, const char* expected) {
  throw ArgumentError(std::string(what) + ": expected " + expected);
}

size_t elementSize(napi_typedarray_type type) {
  switch (type) {
    case napi_int16_array:
    case napi_uint16_array:
      return 2;
    case napi_int32_array:
    case napi_uint32_array:
    case napi_float32_array:
      return 4;
    case napi_float64_array:
    case napi_bigint64_array:
    case napi_biguint64_array:
      return 8;
    default:
      return 1;
  }
}

}  // namespace

void check(napi_env env, napi_status status) {
  if (status == napi_ok) return;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (pending) throw PendingException{};
  const napi_extended_error_info* info = nullptr;
  napi_get_last_error_info(env, &info);
  const bool hasMessage = info != nullptr && info->error_message != nullptr;
  throw std::runtime_error(hasMessage ? info->error_message : "Node-API failed");
}

napi_valuetype typeOf(napi_env env, napi_value value) {
  napi_valuetype type;
  check(env, napi_typeof(env, value, &type));
  return type;
}

std::string readString(napi_env env, napi_value value, const char* what) {
  if (typeOf(env, value) != napi_string) wrongKind(what, "a string");
  size_t length;
  check(env, napi_get_value_string_utf8(env, value, nullptr, 0, &length));
  std::string text(length, '\0');
  check(env, napi_get_value_string_utf8(env, value, text.data(), length + 1, &length));
  return text;
}

std::string readName(napi_env env, napi_value value, const char* what) {
  std::string name = readString(env, value, what);
  if (name.empty()) wrongKind(what, "a name");
  return name;
}

double readNumber(napi_env env, napi_value value, const char* what) {
  double result;
  const napi_status status = napi_get_value_double(env, value, &result);
  if (status == napi_number_expected) wrongKind(what, "a number");
  check(env, status);
  return result;
}

bool readBool(napi_env env, napi_value value, const char* what) {
  bool result;
  const napi_status status = napi_get_value_bool(env, value, &result);
  if (status == napi_boolean_expected) wrongKind(what, "a boolean");
  check(env, status);
  return result;
}

int64_t readInteger(napi_env env, napi_value value, const char* what) {
  const double read = readNumber(env, value, what);
  constexpr double largest = 9007199254740991.0;  // 2⁵³ − 1
  if (!(std::fabs(read) <= largest) || read != std::trunc(read)) wrongKind(what, "an integer");
  return static_cast<int64_t>(read);
}

int64_t readTruncated(napi_env env, napi_value value, const char* what) {
  int64_t result;
  const napi_status status = napi_get_value_int64(env, value, &result);
  if (status == napi_number_expected) wrongKind(what, "a number");
  check(env, status);
  return result;
}

bool isArray(napi_env env, napi_value value) {
  bool result;
  check(env, napi_is_array(env, value, &result));
  return result;
}

uint32_t readLength(napi_env env, napi_value value, const char* what) {
  if (!isArray(env, value)) wrongKind(what, "an array");
  uint32_t length;
  check(env, napi_get_array_length(env, value, &length));
  return length;
}

napi_value element(napi_env env, napi_value array, uint32_t index) {
  napi_value value;
  check(env, napi_get_element(env, array, index, &value));
  return value;
}

std::vector<int64_t> readIntegers(napi_env env, napi_value value, const char* what) {
  std::vector<int64_t> numbers(readLength(env, value, what));
  for (uint32_t i = 0; i < numbers.size(); ++i) numbers[i] = readInteger(env, element(env, value, i), what);
  return numbers;
}

std::vector<std::string> readStrings(napi_env env, napi_value value, const char* what) {
  std::vector<std::string> strings(readLength(env, value, what));
  for (uint32_t i = 0; i < strings.size(); ++i) strings[i] = readString(env, element(env, value, i), what);
  return strings;
}

TypedArray readTypedArray(napi_env env, napi_value value, const char* what) {
  bool isTyped;
  check(env, napi_is_typedarray(env, value, &isTyped));
  if (!isTyped) wrongKind(what, "a typed array");
  TypedArray array;
  void* data;
  size_t length;
  check(env, napi_get_typedarray_info(env, value, &array.type, &length, &data, nullptr, nullptr));
  array.data = data;
  array.bytes = length * elementSize(array.type);
  return array;
}

TypedArray readBytes(napi_env env, napi_value value, const char* what) {
  const TypedArray array = readTypedArray(env, value, what);
  if (array.type != napi_uint8_array) wrongKind(what, "a Uint8Array");
  return array;
}

napi_value undefined(napi_env env) {
  napi_value value;
  check(env, napi_get_undefined(env, &value));
  return value;
}

napi_value number(napi_env env, double value) {
  napi_value result;
  check(env, napi_create_double(env, value, &result));
  return result;
}

napi_value string(napi_env env, const std::string& value) {
  napi_value result;
  check(env, napi_create_string_utf8(env, value.data(), value.size(), &result));
  return result;
}

napi_value error(napi_env env, const std::string& code, const std::string& message) {
  napi_value result;
  check(env, napi_create_error(env, string(env, code), string(env, message), &result));
  return result;
}

void rethrowToJavaScript(napi_env env) noexcept {
  try {
    throw;
  } catch (const PendingException&) {
  } catch (const ArgumentError& failure) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", failure.what());
  } catch (const TensorflowError& failure) {
    napi_throw_error(env, codeName(failure.code), failure.what());
  } catch (const std::exception& failure) {
    napi_throw_error(env, nullptr, failure.what());
  }
}

}  // namespace accord
