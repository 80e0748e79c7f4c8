//===- Core.h - the core dialect ------------------------------------*- C++ -*-===//

#ifndef TILEWORK_DIALECTS_CORE_CORE_H
#define TILEWORK_DIALECTS_CORE_CORE_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

#include "dialects/Core/CoreDialect.h.inc"

#include "dialects/Core/CoreEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Core/CoreAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Core/CoreTypes.h.inc"

namespace tilework::core {

/// The memory of a buffer type, none for a scalar and for a memory space that is not ours.
std::optional<Space> getSpace(mlir::Type type);

/// The effects resource of a memory: one object per memory, so that analyses tell them apart.
mlir::SideEffects::Resource *getResource(Space space);

/// Which formula of the device description gives the duration of an instruction, and between which
/// memories it moves data, if it does.
struct Cost {
  CostFormula formula;
  std::optional<Space> from, to;

  explicit Cost(CostFormula formula) : formula(formula) {}
  Cost(CostFormula formula, std::optional<Space> from, std::optional<Space> to)
      : formula(formula), from(from), to(to) {}
  Cost(CostFormula formula, mlir::Value from, mlir::Value to)
      : Cost(formula, getSpace(from.getType()), getSpace(to.getType())) {}
};

/// Checks P1: pipe and operand memories belong to the core whose program holds `op`.
llvm::LogicalResult verifyStandsOnItsCore(mlir::Operation *op);

bool hasPipe(bool isCube, Pipe pipe);

Pipe getMovePipe(mlir::Value source, mlir::Value destination);
CostFormula getMoveFormula(mlir::Value source);
CostFormula getUnaryFormula(UnaryKind kind);
CostFormula getBinaryFormula(BinaryKind kind, mlir::Value rhs);

/// A tile leaves the cube through the fixpipe and a vector core through MTE3.
inline bool isFromCube(ChannelType type) {
  return type.getDirection() == ChannelDirection::to_vector;
}

/// What comes through global memory is loaded. What is there already only has to be waited for: by
/// the pipe that uses most of it, so that there nothing else needs to wait.
inline Pipe getReceivingPipe(ChannelType type) {
  if (!type.isDirect())
    return Pipe::mte2;
  return isFromCube(type) ? Pipe::v : Pipe::mte1;
}

} // namespace tilework::core

#include "dialects/Core/CoreInterfaces.h.inc"

#define GET_OP_CLASSES
#include "dialects/Core/CoreOps.h.inc"

#endif // TILEWORK_DIALECTS_CORE_CORE_H
