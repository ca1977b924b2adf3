// Points the process's standard error elsewhere and back. TensorFlow prints a paragraph on oneDNN while its library is
// being loaded, before it has read TF_CPP_MIN_LOG_LEVEL; JavaScript can't hold it back. An addon of its own, since the
// other one loads that library.
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

#include <cstdlib>
#include <mutex>

namespace {

std::mutex mutex;
int saved = -1;
int depth = 0;  // threads that have muted

// Argument: the log level for the process, where it has none. Workers can't set that from JavaScript.
napi_value mute(napi_env env, napi_callback_info info) {
  const std::lock_guard<std::mutex> lock(mutex);
  napi_value argument;
  size_t count = 1;
  char level[8];
  size_t length;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) == napi_ok &&
      napi_get_value_string_utf8(env, argument, level, sizeof(level), &length) == napi_ok) {
    setenv("TF_CPP_MIN_LOG_LEVEL", level, 0);
  }
  if (depth++ > 0) return nullptr;
  const int sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (sink < 0) return nullptr;
  saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
  if (saved >= 0) dup2(sink, STDERR_FILENO);
  close(sink);
  return nullptr;
}

napi_value unmute(napi_env, napi_callback_info) {
  const std::lock_guard<std::mutex> lock(mutex);
  if (depth == 0 || --depth > 0 || saved < 0) return nullptr;
  dup2(saved, STDERR_FILENO);
  close(saved);
  saved = -1;
  return nullptr;
}

}  // namespace

NAPI_MODULE_INIT() {
  const napi_property_descriptor methods[] = {
      {"mute", nullptr, mute, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
      {"unmute", nullptr, unmute, nullptr, nullptr, nullptr, napi_enumerable, nullptr},
  };
  napi_define_properties(env, exports, 2, methods);
  return exports;
}
