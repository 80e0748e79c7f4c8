//===- TileLoopOps.td - the pipelined loop ------------------------*- tablegen -*-===//

#ifndef TILEWORK_TILE_LOOP_OPS
#define TILEWORK_TILE_LOOP_OPS

include "dialects/Tile/TileBase.td"

def Tile_PipelineOp : Tile_Op<"pipeline", [
    RecursiveMemoryEffects, SingleBlock,
    DeclareOpInterfaceMethods<LoopLikeOpInterface, [
      "getInitsMutable", "getYieldedValuesMutable", "getLoopResults", "getLoopInductionVars",
      "getLoopLowerBounds", "getLoopUpperBounds", "getLoopSteps"]>,
    DeclareOpInterfaceMethods<RegionBranchOpInterface, [
      "getEntrySuccessorOperands", "getEntrySuccessorRegions"]>]> {
  let summary = "A sequential loop whose iterations may overlap on the core's pipes";
  let formula = "for induction = lower; induction < upper; induction += step: iter_args = body(iter_args)";
  let unit = "none";
  let constraints = [
    "C1: 'stages' is at least 1",
    "C2: the body takes the induction variable and one argument per initial value, of its type",
    "C3: 'tile.yield' and the results have the types of the initial values",
    "C4: 'step' is positive"
  ];
  let description = [{
    Means the sequential loop. `stages` asks for that many buffers per loaded tile.

    ```mlir
    %r = tile.pipeline %k = %lo to %hi step %st stages(2) iter_args(%c = %zero) -> (tensor<16x128xf32>) {
      tile.yield %c : tensor<16x128xf32>
    }
    ```
  }];
  let arguments = (ins Index:$lower, Index:$upper, Index:$step, Variadic<AnyType>:$init_args,
                       I64Attr:$stages);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    mlir::Value getInductionVar() { return getBody().getArgument(0); }
    mlir::Block::BlockArgListType getRegionIterArgs() {
      return getBody().getArguments().drop_front();
    }
  }];
}

def Tile_YieldOp : Tile_Op<"yield", [Pure, Terminator, ReturnLike, HasParent<"PipelineOp">]> {
  let summary = "Ends an iteration of `tile.pipeline`";
  let unit = "none";
  let description = [{
    Its operands are the iteration arguments of the next iteration, or the results of the loop.

    ```mlir
    %r = tile.pipeline %k = %lo to %hi step %st stages(2) iter_args(%c = %zero) -> (tensor<16x128xf32>) {
      %d = tile.exp %c : tensor<16x128xf32>
      tile.yield %d : tensor<16x128xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

#endif // TILEWORK_TILE_LOOP_OPS
