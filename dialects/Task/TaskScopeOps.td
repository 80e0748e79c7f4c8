//===- TaskScopeOps.td - scopes, requests and claims -------------*- tablegen -*-===//

#ifndef TILEWORK_TASK_SCOPE_OPS
#define TILEWORK_TASK_SCOPE_OPS

include "dialects/Task/TaskBase.td"

/// A region that runs once.
def Task_RunsOnce : TraitList<[
    RecursiveMemoryEffects, SingleBlock, NoRegionArguments,
    DeclareOpInterfaceMethods<RegionBranchOpInterface, ["getRegionInvocationBounds"]>]>;

def Task_ScopeOp : Task_Op<"scope", [AttrSizedOperandSegments, Task_RunsOnce]> {
  let summary = "A region that becomes one task";
  let constraints = [
    "C1: 'task.yield' has the types of the results before the id",
    "C2: 'deps' are task ids or arrays of task ids",
    "C3: a scope does not hold another scope"
  ];
  let description = [{
    What the region yields lives on as a global tensor; the last result is the task's id. `deps`
    are waited for besides what the access regions demand; `no_dep` claims that hazards on those
    tensors need no tracking, `explicit_only` that none of the task's does: `deps` are all it waits
    for, and all who wait for it name it.

    ```mlir
    %y, %id = task.scope "linear" core_group deps(%t : !task.id) no_dep(%x : tensor<16x128xf32>)
        split(up_down) -> (tensor<16x128xf32>) {
      task.yield %x : tensor<16x128xf32>
    }
    ```
  }];
  let arguments = (ins StrAttr:$name, Task_Level:$level, Task_SplitMode:$split,
                       Variadic<AnyType>:$deps, Variadic<AnyRankedTensor>:$no_dep,
                       UnitAttr:$explicit_only);
  let results = (outs Variadic<AnyType>:$results, Task_IdType:$id);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  let builders = [OpBuilder<(ins "mlir::TypeRange":$resultTypes, "llvm::StringRef":$name,
                                 CArg<"SplitMode", "SplitMode::automatic">:$split)>];
}

def Task_AutoOp : Task_Op<"auto", [Task_RunsOnce]> {
  let summary = "A request: the compiler chooses the scopes in this region";
  let constraints = ["C1: 'task.yield' has the types of the results"];
  let description = [{
    Legal in the `traced` form only.

    ```mlir
    %y = task.auto split(up_down) -> (tensor<16x128xf32>) {
      task.yield %x : tensor<16x128xf32>
    }
    ```
  }];
  let arguments = (ins Task_SplitMode:$split);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Task_ParallelOp : Task_Op<"parallel", [
    RecursiveMemoryEffects, SingleBlock,
    DeclareOpInterfaceMethods<LoopLikeOpInterface, [
      "getInitsMutable", "getYieldedValuesMutable", "getLoopResults", "getLoopInductionVars",
      "getLoopLowerBounds", "getLoopUpperBounds", "getLoopSteps"]>,
    DeclareOpInterfaceMethods<RegionBranchOpInterface, [
      "getEntrySuccessorOperands", "getEntrySuccessorRegions"]>]> {
  let summary = "A sequential loop with the claim that its iterations are independent";
  let formula = "for induction = lower; induction < upper; induction += step: iter_args = body(iter_args)";
  let constraints = [
    "C1: 'chunk' is at least 1",
    "C2: the body takes the induction variable and one argument per initial value, of its type",
    "C3: 'task.yield' and the results have the types of the initial values",
    "C4: 'step' is positive"
  ];
  let description = [{
    `chunk(n)` asks for one task per n consecutive iterations. `verdict(proven)` says that the
    compiler has proven the claim, `verdict(assumed)` that it could not.

    ```mlir
    %r = task.parallel %n = %lo to %hi step %st chunk(4) iter_args(%o = %out) -> (tensor<16x1024xf32>) {
      task.yield %o : tensor<16x1024xf32>
    }
    ```
  }];
  let arguments = (ins Index:$lower, Index:$upper, Index:$step, Variadic<AnyType>:$init_args,
                       OptionalAttr<I64Attr>:$chunk, OptionalAttr<Task_Verdict>:$verdict);
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

def Task_YieldOp : Task_Op<"yield", [Pure, Terminator, ReturnLike,
                                     ParentOneOf<["ScopeOp", "AutoOp", "ParallelOp"]>]> {
  let summary = "Ends a scope, a request or an iteration of `task.parallel`";
  let description = [{
    Its operands are the results of the parent, or the iteration arguments of its next iteration.

    ```mlir
    %y = task.auto split(none) -> (tensor<16x128xf32>) {
      task.yield %x : tensor<16x128xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
}

#endif // TILEWORK_TASK_SCOPE_OPS
