#include "async_queue.h"

#include "environment.h"
#include "javascript.h"

namespace accord {

napi_value AsyncQueue::push(napi_env env, Operation operation) {
  if (wake_ == nullptr) start(env);
  Task task{std::move(operation), nullptr, {}, nullptr};
  napi_value promise;
  check(env, napi_create_promise(env, &task.deferred, &promise));
  // While a promise is open, the event loop has to go on.
  if (unsettled_++ == 0) check(env, napi_ref_threadsafe_function(env, wake_));
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_.push_back(std::move(task));
  }
  changed_.notify_all();
  return promise;
}

void AsyncQueue::start(napi_env env) {
  const auto onWake = [](napi_env env, napi_value, void* queue, void*) {
    try {
      if (env != nullptr) static_cast<AsyncQueue*>(queue)->settleFinished(env);
    } catch (...) {
      // Node itself has run out of memory or is ending: there is nobody left to tell.
    }
  };
  check(env, napi_create_threadsafe_function(env, nullptr, nullptr, string(env, "accord-rl"), 0, 1, nullptr, nullptr,
                                             this, onWake, &wake_));
  check(env, napi_unref_threadsafe_function(env, wake_));
  // Runs before the threadsafe function's own hook, since it was added later: no thread must call it after that.
  const auto onEnd = [](void* queue) { static_cast<AsyncQueue*>(queue)->stop(); };
  check(env, napi_add_env_cleanup_hook(env, onEnd, this));
  thread_ = std::thread([this] { work(); });
}

void AsyncQueue::work() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return isStopped_ || !waiting_.empty(); });
    if (isStopped_) return;
    Task task = std::move(waiting_.front());
    waiting_.pop_front();
    isRunning_ = true;
    lock.unlock();
    try {
      task.outputs = run(task.operation);
    } catch (...) {
      task.failure = std::current_exception();
    }
    lock.lock();
    finished_.push_back(std::move(task));
    isRunning_ = false;
    changed_.notify_all();
    napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
  }
}

void AsyncQueue::settleFinished(napi_env env) {
  std::deque<Task> finished;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    finished.swap(finished_);
  }
  for (Task& task : finished) {
    const HandleScope scope(env);
    settle(env, task);
    if (--unsettled_ == 0) napi_unref_threadsafe_function(env, wake_);
  }
}

void AsyncQueue::settle(napi_env env, Task& task) {
  napi_value reason = nullptr;
  try {
    if (task.failure != nullptr) std::rethrow_exception(task.failure);
    const napi_value outputs = describe(env, environment_, std::move(task.outputs));
    napi_resolve_deferred(env, task.deferred, outputs);
    return;
  } catch (...) {
    rethrowToJavaScript(env);
  }
  napi_get_and_clear_last_exception(env, &reason);
  napi_reject_deferred(env, task.deferred, reason);
}

void AsyncQueue::drain() {
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [this] { return !isRunning_ && waiting_.empty(); });
}

void AsyncQueue::stop() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    isStopped_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace accord
