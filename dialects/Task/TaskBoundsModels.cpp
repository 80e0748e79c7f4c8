//===- TaskBoundsModels.cpp - value bounds of scopes, requests and parallel loops ===//
//
// What: a result of a region that runs once is what the region yields; loops see LoopBounds.h.
// Why:  sizes known inside a scope stay known behind it.
// Not:  submissions; their results are tied to destinations, which upstream knows by itself.
//
//===---------------------------------------------------------------------------===//

#include "dialects/Task/Task.h"

#include "dialects/Support/LoopBounds.h"

using namespace mlir;
using namespace tilework::task;

namespace {
template <typename RegionOp>
struct OnceBoundsModel
    : ValueBoundsOpInterface::ExternalModel<OnceBoundsModel<RegionOp>, RegionOp> {
  void populateBoundsForIndexValue(Operation *op, Value value,
                                   ValueBoundsConstraintSet &bounds) const {
    bounds.bound(value) == bounds.getExpr(getYielded(op, value));
  }

  void populateBoundsForShapedValueDim(Operation *op, Value value, int64_t dim,
                                       ValueBoundsConstraintSet &bounds) const {
    bounds.bound(value)[dim] == bounds.getExpr(getYielded(op, value), dim);
  }

private:
  /// The id of a scope, the one result that is not yielded, is no number and has no dimensions.
  static Value getYielded(Operation *op, Value value) {
    unsigned index = cast<OpResult>(value).getResultNumber();
    return op->getRegion(0).front().getTerminator()->getOperand(index);
  }
};
} // namespace

void tilework::task::registerInterfaceModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TaskDialect *) {
    ScopeOp::attachInterface<OnceBoundsModel<ScopeOp>>(*context);
    AutoOp::attachInterface<OnceBoundsModel<AutoOp>>(*context);
    ParallelOp::attachInterface<LoopBoundsModel<ParallelOp>>(*context);
  });
}
