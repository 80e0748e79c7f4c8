//===- TileDialect.cpp - registration, attributes and the module's target ------===//

#include "dialects/Tile/Tile.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework::tile;

#include "dialects/Tile/TileDialect.cpp.inc"

#include "dialects/Tile/TileEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Tile/TileAttrs.cpp.inc"

#define GET_OP_CLASSES
#include "dialects/Tile/TileOps.cpp.inc"

void TileDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/Tile/TileAttrs.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/Tile/TileOps.cpp.inc"
      >();
}

LogicalResult TileDialect::verifyOperationAttribute(Operation *op, NamedAttribute attribute) {
  if (attribute.getName() != kTargetAttrName)
    return op->emitError("expects 'tile.target' to be the only attribute of the tile dialect, "
                         "but got '")
           << attribute.getName().getValue() << "'";
  if (!isa<ModuleOp>(op))
    return op->emitError("expects 'tile.target' on a module, but got it on '")
           << op->getName() << "'";
  auto target = dyn_cast<TargetAttr>(attribute.getValue());
  if (!target)
    return op->emitError("expects 'tile.target' to be a #tile.target, but got ")
           << attribute.getValue();
  if (target.getDigest().size() != 64 || !llvm::all_of(target.getDigest(), llvm::isHexDigit))
    return op->emitError("expects the digest of 'tile.target' to be 64 hexadecimal digits, but "
                         "got \"")
           << target.getDigest() << "\"";
  return success();
}

Attribute CapacityAttr::parse(AsmParser &parser, Type) {
  SmallVector<int64_t> shape;
  if (parser.parseLess() ||
      parser.parseDimensionList(shape, /*allowDynamic=*/false, /*withTrailingX=*/false) ||
      parser.parseGreater())
    return {};
  return get(parser.getContext(), shape);
}

void CapacityAttr::print(AsmPrinter &printer) const {
  printer << '<';
  llvm::interleave(getShape(), printer, "x");
  printer << '>';
}

LogicalResult CapacityAttr::verifyEncoding(ArrayRef<int64_t> shape, Type,
                                           function_ref<InFlightDiagnostic()> emitError) const {
  if (shape.size() != getShape().size())
    return emitError() << "#tile.capacity (C1) expects one capacity per dimension, but got "
                       << getShape().size() << " for " << shape.size();
  for (auto [size, capacity] : llvm::zip(shape, getShape())) {
    if (capacity <= 0)
      return emitError() << "#tile.capacity (C2) expects positive capacities, but got " << capacity;
    if (!ShapedType::isDynamic(size) && size > capacity)
      return emitError() << "#tile.capacity (C3) expects dimensions within their capacity, but got "
                         << size << " and " << capacity;
  }
  return success();
}

ArrayRef<int64_t> tilework::tile::getStorageShape(RankedTensorType type) {
  if (auto capacity = dyn_cast_or_null<CapacityAttr>(type.getEncoding()))
    return capacity.getShape();
  return type.getShape();
}
