//===- Faults.cpp - calling native code that may not come back ----------------------*- C++ -*-===//

#include "Faults.h"

#include <algorithm>
#include <cinttypes>
#include <csetjmp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <unistd.h>

namespace tilework::runtime {

namespace {
struct NativeCall {
  sigjmp_buf recovery;
  NativeCall *outer;
  NativeFault fault;
};
} // namespace

// The handler reads these, so their access must not allocate: the initial-exec model.
#define HANDLER_LOCAL static thread_local __attribute__((tls_model("initial-exec")))
HANDLER_LOCAL NativeCall *innermost = nullptr;
HANDLER_LOCAL volatile sig_atomic_t inNative = 0;
HANDLER_LOCAL volatile sig_atomic_t chained = 0;

static constexpr int caughtSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
static struct sigaction previousActions[std::size(caughtSignals)];

//===----------------------------------------------------------------------------------------===//
// Signals
//===----------------------------------------------------------------------------------------===//

/// Does what would have happened without us.
static void callPrevious(int signal, siginfo_t *info, void *context) {
  auto at = std::find(std::begin(caughtSignals), std::end(caughtSignals), signal);
  const struct sigaction &previous = previousActions[at - std::begin(caughtSignals)];
  // A previous handler that raises the signal again comes back here; the second time it ends.
  bool again = chained;
  chained = 1;
  if (!again && (previous.sa_flags & SA_SIGINFO)) {
    previous.sa_sigaction(signal, info, context);
  } else if (!again && previous.sa_handler != SIG_DFL && previous.sa_handler != SIG_IGN) {
    previous.sa_handler(signal);
  } else {
    std::signal(signal, SIG_DFL);
    raise(signal);
  }
  chained = 0;
}

static void onSignal(int signal, siginfo_t *info, void *context) {
  bool fromHardware = info->si_code > 0;
  if (!inNative || !innermost || !fromHardware)
    return callPrevious(signal, info, context);
  inNative = 0;
  innermost->fault.signal = signal;
  innermost->fault.address = reinterpret_cast<uintptr_t>(info->si_addr);
  siglongjmp(innermost->recovery, 1);
}

static void installHandlers() {
  static std::mutex mutex;
  std::lock_guard lock(mutex);
  for (size_t i = 0; i < std::size(caughtSignals); ++i) {
    struct sigaction current;
    sigaction(caughtSignals[i], nullptr, &current);
    if ((current.sa_flags & SA_SIGINFO) && current.sa_sigaction == onSignal)
      continue;
    previousActions[i] = current;
    struct sigaction action = {};
    action.sa_sigaction = onSignal;
    // No signal is blocked while the handler runs, so leaving it by a jump has no mask to restore.
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigaction(caughtSignals[i], &action, nullptr);
  }
}

FaultStack::FaultStack() {
  size_t sizeBytes = std::max<long>(sysconf(_SC_SIGSTKSZ), 64 << 10);
  memory.reset(new char[sizeBytes]);
  stack_t stack = {};
  stack.ss_sp = memory.get();
  stack.ss_size = sizeBytes;
  sigaltstack(&stack, nullptr);
  installHandlers();
}

FaultStack::~FaultStack() {
  stack_t stack = {};
  stack.ss_flags = SS_DISABLE;
  sigaltstack(&stack, nullptr);
}

//===----------------------------------------------------------------------------------------===//
// Native calls
//===----------------------------------------------------------------------------------------===//

/// Where something stands between the kernel and our handler (a sanitizer), it may have blocked the
/// signal, and the next fault would end the process.
static void unblock(int signal) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, signal);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

bool callNative(NativeFunction function, tw_host *host, const int64_t *slots, NativeFault &fault) {
  NativeCall call;
  call.outer = innermost;
  innermost = &call;
  // The mask is not saved: that would be a system call per task.
  bool returned = sigsetjmp(call.recovery, 0) == 0; // false when it returns once more
  if (returned) {
    inNative = 1;
    function(host, slots);
  }
  inNative = 0;
  innermost = call.outer;
  fault = call.fault;
  if (fault.signal != 0)
    unblock(fault.signal);
  return returned;
}

void leaveNative() {
  inNative = 0;
  siglongjmp(innermost->recovery, 1);
}

ServiceScope::ServiceScope() {
  inNative = 0;
}
ServiceScope::~ServiceScope() {
  inNative = 1;
}

std::string NativeFault::describe() const {
  char text[80];
  const char *what = signal == SIGFPE   ? "arithmetic fault (integer division)"
                     : signal == SIGILL ? "illegal instruction"
                                        : "memory fault";
  std::snprintf(text, sizeof text, "%s at address 0x%" PRIxPTR, what, address);
  return text;
}

} // namespace tilework::runtime
