//===- Codegen.cpp - from LLVM dialect to a native object ---------------------------===//
//
// What: MLIR → LLVM IR → -O3 → object file.
// Why:  an image holds native code; LLVM is not needed to run it.
// Not:  linking (the driver calls the system's linker).
//
//===-----------------------------------------------------------------------------------===//

#include "lib/Codegen/Codegen.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"

#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;

std::string tilework::getHostCpuClass() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  auto hasAll = [&](std::initializer_list<StringRef> names) {
    return llvm::all_of(names, [&](StringRef name) { return features.lookup(name); });
  };
  if (!hasAll({"avx2", "fma", "f16c", "bmi2"}))
    return "x86-64";
  if (!hasAll({"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}))
    return "x86-64-v3";
  return "x86-64-v4";
}

static std::unique_ptr<llvm::TargetMachine> createTargetMachine(StringRef cpu, std::string &error) {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::Triple triple(llvm::sys::getDefaultTargetTriple());
  const llvm::Target *target = llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target)
    return nullptr;
  llvm::TargetOptions options;
  options.AllowFPOpFusion = llvm::FPOpFusion::Strict;
  return std::unique_ptr<llvm::TargetMachine>(
      target->createTargetMachine(triple, cpu, /*Features=*/"", options, llvm::Reloc::PIC_,
                                  /*CM=*/std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = false; // Loops are vectorised already, in the order the numerics ask.
  tuning.SLPVectorization = false;
  llvm::PassBuilder builder(&machine, tuning);
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager callGraph;
  llvm::ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(callGraph);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, callGraph, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2).run(module, modules);
}

using Intrinsics = SmallVector<llvm::IntrinsicInst *>;

static Intrinsics findIntrinsics(llvm::Module &module, llvm::Intrinsic::ID id) {
  Intrinsics found;
  for (llvm::Function &function : module)
    for (llvm::Instruction &instruction : llvm::instructions(function))
      if (auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction))
        if (call->getIntrinsicID() == id)
          found.push_back(call);
  return found;
}

/// The same shape with 16-bit integers for bf16 elements; null for other elements.
static llvm::Type *getIntegerType(llvm::Type *type) {
  if (!type->getScalarType()->isBFloatTy())
    return nullptr;
  return type->getWithNewType(llvm::Type::getInt16Ty(type->getContext()));
}

/// A bf16 value as integers; what was made of integers gives those.
static llvm::Value *asIntegers(llvm::IRBuilder<> &builder, llvm::Value *value) {
  llvm::Type *type = getIntegerType(value->getType());
  auto *cast = llvm::dyn_cast<llvm::BitCastInst>(value);
  return cast && cast->getSrcTy() == type ? cast->getOperand(0)
                                          : builder.CreateBitCast(value, type);
}

/// What moves elements of bf16, rebuilt on integers; null for everything else.
static llvm::Value *moveAsIntegers(llvm::IRBuilder<> &builder, llvm::Instruction &instruction,
                                   llvm::Type *type) {
  auto operand = [&](unsigned index) { return instruction.getOperand(index); };
  auto integers = [&](unsigned index) { return asIntegers(builder, operand(index)); };
  if (auto *load = llvm::dyn_cast<llvm::LoadInst>(&instruction))
    return builder.CreateAlignedLoad(type, operand(0), load->getAlign());
  if (llvm::isa<llvm::SelectInst>(instruction))
    return builder.CreateSelect(operand(0), integers(1), integers(2));
  if (llvm::isa<llvm::InsertElementInst>(instruction))
    return builder.CreateInsertElement(integers(0), integers(1), operand(2));
  if (llvm::isa<llvm::ExtractElementInst>(instruction))
    return builder.CreateExtractElement(integers(0), operand(1));
  if (auto *shuffle = llvm::dyn_cast<llvm::ShuffleVectorInst>(&instruction))
    return builder.CreateShuffleVector(integers(0), integers(1), shuffle->getShuffleMask());
  auto *call = llvm::dyn_cast<llvm::IntrinsicInst>(&instruction);
  if (call && call->getIntrinsicID() == llvm::Intrinsic::masked_load)
    return builder.CreateMaskedLoad(type, operand(0), call->getParamAlign(0).valueOrOne(),
                                    operand(1), integers(2));
  return nullptr;
}

/// Moves bf16 elements as integers: LLVM 22 makes vectors of them by a function of the compiler's
/// library, which an image does not have.
static void moveElementsAsIntegers(llvm::Module &module) {
  for (llvm::Function &function : module)
    for (llvm::Instruction &instruction :
         llvm::make_early_inc_range(llvm::instructions(function))) {
      llvm::Type *type = getIntegerType(instruction.getType());
      llvm::IRBuilder<> builder(&instruction);
      llvm::Value *moved = type ? moveAsIntegers(builder, instruction, type) : nullptr;
      if (!moved)
        continue;
      instruction.replaceAllUsesWith(builder.CreateBitCast(moved, instruction.getType()));
      instruction.eraseFromParent();
    }
  for (llvm::IntrinsicInst *store : findIntrinsics(module, llvm::Intrinsic::masked_store)) {
    if (!getIntegerType(store->getArgOperand(0)->getType()))
      continue;
    llvm::IRBuilder<> builder(store);
    builder.CreateMaskedStore(asIntegers(builder, store->getArgOperand(0)), store->getArgOperand(1),
                              store->getParamAlign(1).valueOrOne(), store->getArgOperand(2));
    store->eraseFromParent();
  }
  for (llvm::Function &function : module)
    for (llvm::Instruction &instruction : llvm::make_early_inc_range(llvm::instructions(function)))
      if (auto *store = llvm::dyn_cast<llvm::StoreInst>(&instruction)) {
        if (!getIntegerType(store->getValueOperand()->getType()))
          continue;
        llvm::IRBuilder<> builder(store);
        builder.CreateAlignedStore(asIntegers(builder, store->getValueOperand()),
                                   store->getPointerOperand(), store->getAlign());
        store->eraseFromParent();
      } else if (auto *cast = llvm::dyn_cast<llvm::BitCastInst>(&instruction)) {
        auto *inner = llvm::dyn_cast<llvm::BitCastInst>(cast->getOperand(0));
        if (inner && inner->getSrcTy() == cast->getType() && getIntegerType(inner->getType()))
          cast->replaceAllUsesWith(inner->getOperand(0)); // there and back
      }
}

/// The only lane that a constant mask has, if it has one only.
static std::optional<unsigned> findLoneLane(llvm::Value *value) {
  auto *mask = llvm::dyn_cast<llvm::Constant>(value);
  std::optional<unsigned> lone;
  unsigned lanes = llvm::cast<llvm::FixedVectorType>(value->getType())->getNumElements();
  for (unsigned lane = 0; lane < lanes; ++lane) {
    llvm::Constant *bit = mask ? mask->getAggregateElement(lane) : nullptr;
    if (!bit || (lone && !bit->isNullValue()))
      return std::nullopt;
    if (!bit->isNullValue())
      lone = lane;
  }
  return lone;
}

/// Stores the one element of a masked store of one lane by a plain store. LLVM 22 stores more than
/// that element where such a store also narrows it.
static void storeLoneElements(llvm::Module &module) {
  for (llvm::IntrinsicInst *store : findIntrinsics(module, llvm::Intrinsic::masked_store)) {
    std::optional<unsigned> lane = findLoneLane(store->getArgOperand(2));
    if (!lane)
      continue;
    llvm::IRBuilder<> builder(store);
    llvm::Value *element = builder.CreateExtractElement(store->getArgOperand(0), *lane);
    llvm::Value *address =
        builder.CreateConstGEP1_32(element->getType(), store->getArgOperand(1), *lane);
    builder.CreateAlignedStore(element, address, store->getParamAlign(1).valueOrOne());
    store->eraseFromParent();
  }
}

LogicalResult tilework::emitObject(ModuleOp module, StringRef path, StringRef cpu) {
  DialectRegistry registry;
  registerBuiltinDialectTranslation(registry);
  registerLLVMDialectTranslation(registry);
  module.getContext()->appendDialectRegistry(registry);
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> native = translateModuleToLLVMIR(module, context);
  if (!native)
    return module.emitError("expects a module of the LLVM dialect, but could not translate it");
  std::string error;
  auto machine = createTargetMachine(cpu, error);
  if (!machine)
    return module.emitError("expects a native code generator, but got: ") << error;
  native->setDataLayout(machine->createDataLayout());
  native->setTargetTriple(machine->getTargetTriple());
  optimize(*native, *machine);
  moveElementsAsIntegers(*native);
  storeLoneElements(*native);
  std::error_code code;
  llvm::raw_fd_ostream stream(path, code, llvm::sys::fs::OF_None);
  if (code)
    return module.emitError("expects to write '") << path << "', but got: " << code.message();
  llvm::legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, stream, nullptr, llvm::CodeGenFileType::ObjectFile))
    return module.emitError("expects a code generator for object files, but got none");
  passes.run(*native);
  stream.flush();
  return success();
}
