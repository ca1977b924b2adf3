/**
 * Source of a small addon that points the process's standard error elsewhere and back. TensorFlow prints a paragraph
 * on oneDNN while its library is being loaded, before it has read TF_CPP_MIN_LOG_LEVEL; JavaScript can't hold it back.
 */
export const quietSource = `
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

static int saved = -1;

static napi_value mute(napi_env, napi_callback_info) {
  int sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (sink >= 0 && saved < 0) {
    saved = fcntl(2, F_DUPFD_CLOEXEC, 3);
    if (saved >= 0) dup2(sink, 2);
  }
  if (sink >= 0) close(sink);
  return nullptr;
}

static napi_value unmute(napi_env, napi_callback_info) {
  if (saved >= 0) {
    dup2(saved, 2);
    close(saved);
    saved = -1;
  }
  return nullptr;
}

NAPI_MODULE_INIT() {
  napi_value fn;
  napi_create_function(env, "mute", NAPI_AUTO_LENGTH, mute, nullptr, &fn);
  napi_set_named_property(env, exports, "mute", fn);
  napi_create_function(env, "unmute", NAPI_AUTO_LENGTH, unmute, nullptr, &fn);
  napi_set_named_property(env, exports, "unmute", fn);
  return exports;
}
`;

/** The functions of that addon. */
export interface Quiet {
  mute(): void;
  unmute(): void;
}
