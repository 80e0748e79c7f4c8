//===- CheckUpdates.cpp - whether updates can happen in place -------------------===//

#include "lib/Conversion/TileToTask/CheckUpdates.h"

#include "lib/Transforms/Task/Aliases.h"
#include "lib/Transforms/Task/Destinations.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace tilework;

static std::string quote(Value tensor, StringRef otherwise) {
  StringRef name = findName(tensor);
  return name.empty() ? otherwise.str() : "'" + name.str() + "'";
}

/// Whether both are versions of one tensor, as far as submissions alone tell.
static bool isOtherVersion(Value a, Value b) {
  auto skipUpdates = [](Value tensor) {
    while (auto submit = tensor.getDefiningOp<task::SubmitOp>())
      tensor = submit.getDestinations()[cast<OpResult>(tensor).getResultNumber()];
    return tensor;
  };
  return skipUpdates(a) == skipUpdates(b);
}

static LogicalResult refuse(task::SubmitOp submit, Value destination, OpOperand &other) {
  std::string what = quote(destination, "a tensor");
  InFlightDiagnostic error = submit.emitError()
                             << "expects to update " << what << " in place, but ";
  if (isOtherVersion(destination, other.get()))
    error << "its earlier contents are used as well";
  else
    error << quote(other.get(), "another tensor")
          << " may be in the same memory and is used as well";
  error << ", which needs a copy of the whole tensor";
  Operation *user = other.getOwner();
  if (isa<task::SubmitOp, tensor::ExtractOp, task::AssumeDistinctOp>(user))
    error.attachNote(user->getLoc())
        << "the other use is here; move it before the update, or write "
           "the update into another tensor";
  else
    error.attachNote(user->getLoc())
        << "it is handed on here; write the update into another tensor";
  return error;
}

LogicalResult tilework::checkUpdates(task::EntryOp entry) {
  task::Aliases aliases(entry);
  WalkResult result = entry.walk([&](task::SubmitOp submit) {
    for (Value destination : submit.getDestinations()) {
      if (Value argument = task::findReadOnly(destination)) {
        submit.emitError() << "expects to update arguments that are 'out' or 'inout', but got "
                           << quote(argument, "an argument") << ", which is 'in'";
        return WalkResult::interrupt();
      }
      if (OpOperand *other = aliases.findDisturbedUse(submit, destination)) {
        (void)refuse(submit, destination, *other);
        return WalkResult::interrupt();
      }
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}
