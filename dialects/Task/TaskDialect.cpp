//===- TaskDialect.cpp - registration and types of the task dialect -------------===//

#include "dialects/Task/Task.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/FunctionImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework::task;

#include "dialects/Task/TaskDialect.cpp.inc"

#include "dialects/Task/TaskEnums.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Task/TaskTypes.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Task/TaskOps.cpp.inc"

void TaskDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/Task/TaskTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Task/TaskOps.cpp.inc"
      >();
}

bool tilework::task::isTaskIdOrArray(Type type) {
  return isa<IdType>(getElementTypeOrSelf(type));
}
