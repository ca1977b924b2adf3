// Between JavaScript and C++: arguments are read with checks, C++ exceptions become JavaScript's.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace accord {

// An argument of the wrong kind: a TypeError in JavaScript.
class ArgumentError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// JavaScript has thrown already (a getter, say): its exception goes on as it is.
struct PendingException {};

// Throws when a call of Node-API failed.
void check(napi_env env, napi_status status);

// Readers throw an ArgumentError that begins with `what` for a value of another kind.
napi_valuetype typeOf(napi_env env, napi_value value);
std::string readString(napi_env env, napi_value value, const char* what);
std::string readName(napi_env env, napi_value value, const char* what);  // a string that is not empty
double readNumber(napi_env env, napi_value value, const char* what);
bool readBool(napi_env env, napi_value value, const char* what);
// A whole number that a double holds exactly.
int64_t readInteger(napi_env env, napi_value value, const char* what);
// Toward zero, for attributes that come as fractions.
int64_t readTruncated(napi_env env, napi_value value, const char* what);
bool isArray(napi_env env, napi_value value);
uint32_t readLength(napi_env env, napi_value value, const char* what);
napi_value element(napi_env env, napi_value array, uint32_t index);
std::vector<int64_t> readIntegers(napi_env env, napi_value value, const char* what);
std::vector<std::string> readStrings(napi_env env, napi_value value, const char* what);

// The contents of a typed array, where they are: valid until JavaScript runs again.
struct TypedArray {
  napi_typedarray_type type;
  const void* data;
  size_t bytes;
};
TypedArray readTypedArray(napi_env env, napi_value value, const char* what);
TypedArray readBytes(napi_env env, napi_value value, const char* what);  // a Uint8Array

// Values made inside are let go at its end: for loops.
class HandleScope {
 public:
  explicit HandleScope(napi_env env) : env_(env) { check(env, napi_open_handle_scope(env, &scope_)); }
  HandleScope(const HandleScope&) = delete;
  ~HandleScope() { napi_close_handle_scope(env_, scope_); }

 private:
  napi_env env_;
  napi_handle_scope scope_;
};

napi_value undefined(napi_env env);
napi_value number(napi_env env, double value);
napi_value string(napi_env env, const std::string& value);
napi_value error(napi_env env, const std::string& code, const std::string& message);

// To be called in a catch block: hands the exception in flight on to JavaScript.
void rethrowToJavaScript(napi_env env) noexcept;

}  // namespace accord
