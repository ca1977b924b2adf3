// Operations that run one after another on a thread of their own, each answering a promise.
#pragma once

#include <node_api.h>

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "operation.h"

namespace accord {

class AsyncQueue {
 public:
  explicit AsyncQueue(Environment& environment) : environment_(environment) {}
  AsyncQueue(const AsyncQueue&) = delete;
  ~AsyncQueue() { stop(); }

  // Gives a promise of what `describe` makes of the outputs.
  napi_value push(napi_env env, Operation operation);
  // Waits until nothing is waiting or running; promises are settled later, by the event loop.
  void drain();
  // Waits for what is running and drops what is waiting: when the environment ends.
  void stop();

 private:
  struct Task {
    Operation operation;
    napi_deferred deferred;
    std::vector<TensorHandle> outputs;
    std::exception_ptr failure;
  };

  void start(napi_env env);
  void work();
  void settleFinished(napi_env env);
  void settle(napi_env env, Task& task);

  Environment& environment_;
  std::thread thread_;
  napi_threadsafe_function wake_ = nullptr;  // lets the event loop call settleFinished
  size_t unsettled_ = 0;                     // only touched by JavaScript's thread
  std::mutex mutex_;                         // guards what follows
  std::condition_variable changed_;
  std::deque<Task> waiting_;
  std::deque<Task> finished_;
  bool isRunning_ = false;
  bool isStopped_ = false;
};

}  // namespace accord
