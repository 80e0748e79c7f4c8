//===- Passes.td - passes within the tile dialect -----------------*- tablegen -*-===//

#ifndef TILEWORK_TRANSFORMS_TILE_PASSES
#define TILEWORK_TRANSFORMS_TILE_PASSES

include "mlir/Pass/PassBase.td"

def ElideZeroProductsPass : Pass<"tile-elide-zero-products", "::tilework::task::EntryOp"> {
  let summary = "Makes `mul(t, 0.0)` of a never-written tensor a zero fill";
  let description = [{
    Authors zero a buffer that way, whole or part by part; an undefined element could be a NaN, so
    the product is replaced by `tile.full`. Part by part: a loop that zeroes the slice it reads.
  }];
  let dependentDialects = ["::tilework::tile::TileDialect"];
}

def ResolveDimsPass : Pass<"tile-resolve-dims", "::tilework::task::KernelOp"> {
  let summary = "Replaces extents of computed tensors by the scalars they equal";
  let description = [{
    A `tensor.dim` behind products, slices and loops becomes what value bounds know it to be: the
    size of a slice, an argument of the kernel, a constant. So the regions of tasks that write tails
    are as wide as the tails.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect"];
}

def SplitProductsPass : Pass<"tile-split-products", "::tilework::task::KernelOp"> {
  let summary = "Computes products piece by piece that do not fit the memories of a core";
  let description = [{
    A product whose operands do not fit l1 is added up from chunks along K. One whose result does
    not fit l0c becomes loops over pieces of it; each piece goes through the element-wise operations
    behind the product and is stored as soon as it is done, and a loop that adds products up is
    copied into it. A result that is needed whole is put together in ub. No bit changes.
  }];
  let dependentDialects = ["::tilework::tile::TileDialect", "::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

def SplitSumsPass : Pass<"tile-split-sums", "::tilework::task::EntryOp"> {
  let summary = "Adds products to tiles that the accumulator cannot start from";
  let description = [{
    The device has no path into the cube's accumulator: a sum that continues a tile of the vector
    unit or of global memory becomes a product from zero and a `tile.add`. Where a loop only adds
    products, one addition stands after it. Such sums change in their last bits, and a remark says
    so.
  }];
  let dependentDialects = ["::tilework::tile::TileDialect", "::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
}

def MaterializeTargetPass : Pass<"tile-materialize-target", "::mlir::ModuleOp"> {
  let summary = "Says on the module which device it is compiled for";
  let description = [{
    `#tile.target` holds the digest of the device's description besides its name, which nobody
    writes by hand. The passes behind read the numbers of that device.
  }];
  let options = [
    Option<"device", "device", "std::string", "\"a2a3\"", "the name of a description">
  ];
  let dependentDialects = ["::tilework::tile::TileDialect"];
}

#endif // TILEWORK_TRANSFORMS_TILE_PASSES
