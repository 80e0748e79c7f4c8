//===- BufferizableModels.cpp - how orchestration operations become memory ------===//
//
// What: upstream's bufferization interface for submissions, joins and fresh tensors.
// Why:  one-shot analysis then decides about them as about any other operation.
// Form: used by task-bufferize-orchestration.
// Not:  tile operations; they are inside kernels by then.
//
//===---------------------------------------------------------------------------===//

#include "lib/Conversion/TileToTask/Passes.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace tilework;

/// The buffers of the tensors among `values`, and the other values as they are.
static LogicalResult getBuffers(RewriterBase &rewriter, ValueRange values,
                                const BufferizationOptions &options, BufferizationState &state,
                                SmallVectorImpl<Value> &buffers) {
  for (Value value : values) {
    if (isa<TensorType>(value.getType())) {
      FailureOr<Value> buffer = getBuffer(rewriter, value, options, state);
      if (failed(buffer))
        return failure();
      value = *buffer;
    }
    buffers.push_back(value);
  }
  return success();
}

namespace {
struct SubmitModel : DstBufferizableOpInterfaceExternalModel<SubmitModel, task::SubmitOp> {
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options, BufferizationState &state) const {
    auto submit = cast<task::SubmitOp>(op);
    SmallVector<Value> inputs, destinations, deps;
    if (failed(getBuffers(rewriter, submit.getInputs(), options, state, inputs)) ||
        failed(getBuffers(rewriter, submit.getDestinations(), options, state, destinations)) ||
        failed(getBuffers(rewriter, submit.getDeps(), options, state, deps)))
      return failure();
    auto memory = task::SubmitOp::create(
        rewriter, op->getLoc(), TypeRange(), submit.getId().getType(), submit.getKernelAttr(),
        inputs, destinations, deps, submit.getNoDepAttr(), submit.getStaticArgsAttr(),
        submit.getExplicitOnlyAttr(), submit.getKnownAttr());
    SmallVector<Value> replacements(destinations);
    replacements.push_back(memory.getId());
    replaceOpWithBufferizedValues(rewriter, op, replacements);
    return success();
  }
};

struct JoinModel : BufferizableOpInterface::ExternalModel<JoinModel, task::JoinOp> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &, const AnalysisState &) const {
    return true;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &, const AnalysisState &) const {
    return false;
  }
  AliasingValueList getAliasingValues(Operation *, OpOperand &, const AnalysisState &) const {
    return {};
  }
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options, BufferizationState &state) const {
    SmallVector<Value> deps;
    if (failed(getBuffers(rewriter, op->getOperands(), options, state, deps)))
      return failure();
    replaceOpWithNewBufferizedOp<task::JoinOp>(rewriter, op, op->getResultTypes()[0], deps);
    return success();
  }
};

struct AssumeDistinctModel
    : BufferizableOpInterface::ExternalModel<AssumeDistinctModel, task::AssumeDistinctOp> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &, const AnalysisState &) const {
    return true;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &, const AnalysisState &) const {
    return false;
  }
  AliasingValueList getAliasingValues(Operation *, OpOperand &, const AnalysisState &) const {
    return {};
  }
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options, BufferizationState &state) const {
    auto assume = cast<task::AssumeDistinctOp>(op);
    SmallVector<Value> values;
    if (failed(getBuffers(rewriter, assume.getValues(), options, state, values)))
      return failure();
    replaceOpWithNewBufferizedOp<task::AssumeDistinctOp>(rewriter, op, values[0],
                                                         assume.getIgnoreAttr());
    return success();
  }
};

struct EmptyModel : BufferizableOpInterface::ExternalModel<EmptyModel, tile::EmptyOp> {
  bool bufferizesToAllocation(Operation *, Value) const { return true; }
  bool resultBufferizesToMemoryWrite(Operation *, OpResult, const AnalysisState &) const {
    return false;
  }
  FailureOr<BufferLikeType> getBufferType(Operation *, Value value, const BufferizationOptions &,
                                          const BufferizationState &, SmallVector<Value> &) const {
    auto type = cast<RankedTensorType>(value.getType());
    return cast<BufferLikeType>(MemRefType::get(type.getShape(), type.getElementType()));
  }
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter, const BufferizationOptions &,
                          BufferizationState &) const {
    auto empty = cast<tile::EmptyOp>(op);
    auto type = cast<RankedTensorType>(empty.getType());
    replaceOpWithNewBufferizedOp<task::AllocOp>(
        rewriter, op, MemRefType::get(type.getShape(), type.getElementType()), empty.getSizes(),
        empty.getManualDep());
    return success();
  }
};
} // namespace

void tilework::registerBufferizableModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, task::TaskDialect *) {
    task::SubmitOp::attachInterface<SubmitModel>(*context);
    task::JoinOp::attachInterface<JoinModel>(*context);
    task::AssumeDistinctOp::attachInterface<AssumeDistinctModel>(*context);
  });
  registry.addExtension(+[](MLIRContext *context, tile::TileDialect *) {
    tile::EmptyOp::attachInterface<EmptyModel>(*context);
  });
}
