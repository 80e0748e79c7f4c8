//===- CoreInterfaces.td - where an instruction runs and what it costs -*- tablegen -*-===//

#ifndef TILEWORK_CORE_INTERFACES
#define TILEWORK_CORE_INTERFACES

include "mlir/IR/OpBase.td"

def CoreOpInterface : OpInterface<"CoreOpInterface"> {
  let description = [{
    An instruction. It waits its turn on `getPipe()` and holds it for `getCost()`, a formula of the
    device description with the two memories a transfer joins.

    Verifies (P1): inside a cube or vector program, the pipe and the memories of all operands
    belong to that core.
  }];
  let cppNamespace = "::tilework::core";
  let methods = [
    InterfaceMethod<"The queue the instruction runs on", "::tilework::core::Pipe", "getPipe">,
    InterfaceMethod<"The formula of the time it takes", "::tilework::core::Cost", "getCost">
  ];
  let verify = "return ::tilework::core::verifyStandsOnItsCore($_op);";
}

#endif // TILEWORK_CORE_INTERFACES
