// No signal handler may run on a thread while TensorFlow computes there.
#pragma once

#include <signal.h>

namespace accord {

// Keeps signals off this thread for as long as it lives; they arrive afterwards. Threads that are made meanwhile, such
// as those of TensorFlow's pools, never get any. oneDNN's matrix products for AVX and AVX2 use the stack pointer for
// their workspace: the system would write the frame of a handler into the heap there.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t signals;
    sigfillset(&signals);
    // What a thread does to itself by a fault is not delayed, but deadly while blocked.
    for (const int fault : {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP}) sigdelset(&signals, fault);
    pthread_sigmask(SIG_BLOCK, &signals, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_;
};

}  // namespace accord
