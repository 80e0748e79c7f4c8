// The extension module tilework._tilework: Tilework's dialects and passes for upstream's bindings.
#include "lib/Pipelines/Register.h"

#include "mlir/Bindings/Python/Nanobind.h"
#include "mlir/Bindings/Python/NanobindAdaptors.h"
#include "mlir/CAPI/IR.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/MLIRContext.h"

namespace nb = nanobind;

static void load(MlirContext context) {
  mlir::MLIRContext *ctx = unwrap(context);
  mlir::DialectRegistry registry;
  tilework::registerAllDialects(registry);
  ctx->appendDialectRegistry(registry);
  for (llvm::StringRef dialect : registry.getDialectNames())
    ctx->getOrLoadDialect(dialect);
}

NB_MODULE(_tilework, module) {
  module.doc() = "Registers Tilework's dialects and passes with tilework_mlir";
  module.def(
      "register_dialects",
      [](MlirDialectRegistry registry) { tilework::registerAllDialects(*unwrap(registry)); },
      nb::arg("registry"), "Adds Tilework's dialects to a registry, without loading them");
  module.def("register_passes", &tilework::registerAllPasses,
             "Makes Tilework's passes known to PassManager.parse; may be called again");
  module.def("load", &load, nb::arg("context"), "Loads Tilework's dialects into a context");
}
