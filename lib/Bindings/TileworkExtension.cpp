// The extension module tilework._tilework: Tilework's dialects and passes for upstream's bindings.
#include "lib/Bindings/BuildId.h"
#include "lib/Codegen/Codegen.h"
#include "lib/Pipelines/Register.h"

#include "mlir/Bindings/Python/Nanobind.h"
#include "mlir/Bindings/Python/NanobindAdaptors.h"
#include "mlir/CAPI/IR.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"

#include <nanobind/stl/string.h>

namespace nb = nanobind;

static void load(MlirContext context) {
  mlir::MLIRContext *ctx = unwrap(context);
  mlir::DialectRegistry registry;
  tilework::registerAllDialects(registry);
  ctx->appendDialectRegistry(registry);
  for (llvm::StringRef dialect : registry.getDialectNames())
    ctx->getOrLoadDialect(dialect);
}

static void emitObject(MlirModule module, const std::string &path, const std::string &cpu) {
  std::string message;
  mlir::ModuleOp op = unwrap(module);
  mlir::ScopedDiagnosticHandler handler(op.getContext(), [&](mlir::Diagnostic &diagnostic) {
    message += diagnostic.str() + "\n";
    return mlir::success();
  });
  mlir::LogicalResult result = mlir::failure();
  {
    nb::gil_scoped_release unlocked;
    result = tilework::emitObject(op, path, cpu);
  }
  if (failed(result))
    throw std::runtime_error(message);
}

NB_MODULE(_tilework, module) {
  module.doc() = "Registers Tilework's dialects and passes with tilework_mlir";
  module.def(
      "register_dialects",
      [](MlirDialectRegistry registry) { tilework::registerAllDialects(*unwrap(registry)); },
      nb::arg("registry"), "Adds Tilework's dialects to a registry, without loading them");
  module.def("register_passes", &tilework::registerAllPasses,
             "Makes Tilework's passes known to PassManager.parse; may be called again");
  module.def("emit_object", &emitObject, nb::arg("module"), nb::arg("path"), nb::arg("cpu"),
             "Writes a module of the LLVM dialect as a relocatable object");
  module.def("host_cpu_class", &tilework::getHostCpuClass,
             "The instruction set native code is made for on this host");
  module.def(
      "library_id",
      [] { return tilework::getBuildId(reinterpret_cast<void *>(&tilework::registerAllPasses)); },
      "Which build of the compiler's shared library is loaded");
  module.def("load", &load, nb::arg("context"), "Loads Tilework's dialects into a context");
}
