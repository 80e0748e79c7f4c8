//===- Sums.cpp - how products continue sums ---------------------------------------===//

#include "lib/Transforms/Tile/Sums.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;
using namespace tilework;

bool tile::isZeroTile(Value value) {
  auto full = value.getDefiningOp<FullOp>();
  return full && (matchPattern(full.getValue(), m_PosZeroFloat()) ||
                  matchPattern(full.getValue(), m_Zero()));
}

bool tile::addsTo(OpOperand &use) {
  if (auto product = dyn_cast<MatmulOp>(use.getOwner()))
    return &use == product.getAccMutable().begin();
  auto loop = dyn_cast<LoopLikeOpInterface>(use.getOwner());
  if (!loop || isa<scf::WhileOp>(use.getOwner()))
    return false;
  BlockArgument carried = loop.getTiedLoopRegionIterArg(&use);
  return carried && llvm::any_of(carried.getUses(), [](OpOperand &inner) { return addsTo(inner); });
}

bool tile::addsAlone(OpOperand &use) {
  if (isZeroTile(use.get()))
    return true;
  for (Operation *op = use.getOwner()->getParentOp();
       op && op != use.get().getParentRegion()->getParentOp(); op = op->getParentOp())
    if (isa<LoopLikeOpInterface>(op))
      return false;
  return llvm::all_of(use.get().getUses(), [&](OpOperand &other) {
    return &other == &use || !addsTo(other) ||
           insideMutuallyExclusiveRegions(use.getOwner(), other.getOwner());
  });
}
