//===- Faults.h - calling native code that may not come back ------------------------*- C++ -*-===//
//
// Native code leaves in three ways: it returns, a run-time check leaves it, or the hardware does
// (SIGSEGV, SIGBUS, SIGFPE, SIGILL). It holds nothing that needs releasing, so the last two jump to
// the recovery point around the call. Signals raised anywhere else go to the handlers that were
// there before.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_FAULTS_H
#define TILEWORK_RUNTIME_FAULTS_H

#include "ImageAbi.h"

#include <memory>
#include <string>

namespace tilework::runtime {

using NativeFunction = void (*)(tw_host *, const int64_t *);

/// How native code left before its end.
struct NativeFault {
  int signal = 0; ///< 0: it called leaveNative()
  uintptr_t address = 0;
  std::string describe() const;
};

/// Calls native code. Returns false, and fills `fault`, when it did not return by itself. Calls
/// nest: a service called by native code may call native code. The thread needs a FaultStack.
bool callNative(NativeFunction function, tw_host *host, const int64_t *slots, NativeFault &fault);

/// Leaves the innermost native call of this thread. No object with a destructor may be alive
/// between that call and here.
[[noreturn]] void leaveNative();

/// Held by a service while it runs: a fault in it is the runtime's own, not the native code's.
class ServiceScope {
public:
  ServiceScope();
  ~ServiceScope();
};

/// A signal stack for the thread that creates it, so that a stack overflow is a fault as well.
/// The first one of the process, and each that finds them replaced, installs the handlers.
class FaultStack {
public:
  FaultStack();
  ~FaultStack();

private:
  std::unique_ptr<char[]> memory;
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_FAULTS_H
