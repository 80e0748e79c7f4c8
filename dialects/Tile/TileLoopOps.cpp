//===- TileLoopOps.cpp - syntax and checks of the pipelined loop -----------------===//

#include "dialects/Tile/Tile.h"

#include "dialects/Support/ForLoop.h"

using namespace mlir;
using namespace tilework::tile;

TILEWORK_DEFINE_LOOP_METHODS(PipelineOp)

ParseResult PipelineOp::parse(OpAsmParser &parser, OperationState &state) {
  return tilework::parseForLoop(parser, state, [&](OperationState &state) -> ParseResult {
    int64_t stages;
    if (parser.parseKeyword("stages") || parser.parseLParen() || parser.parseInteger(stages) ||
        parser.parseRParen())
      return failure();
    state.addAttribute(getStagesAttrName(state.name),
                       parser.getBuilder().getI64IntegerAttr(stages));
    return success();
  });
}

void PipelineOp::print(OpAsmPrinter &printer) {
  tilework::printForLoop(*this, printer, {getStagesAttrName()},
                         [&] { printer << " stages(" << getStages() << ')'; });
}

LogicalResult PipelineOp::verify() {
  if (getStages() < 1)
    return emitOpError("(C1) expects 'stages' to be at least 1, but got ") << getStages();
  return tilework::verifyForLoop(*this);
}
