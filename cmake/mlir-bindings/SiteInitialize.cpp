// Imported by tilework_mlir/_mlir_libs/__init__.py: every context knows all of upstream's dialects
// and passes, and loads a dialect when it first meets it.
#include "mlir-c/RegisterEverything.h"
#include "mlir/Bindings/Python/Nanobind.h"
#include "mlir/Bindings/Python/NanobindAdaptors.h"

NB_MODULE(_site_initialize_0, module) {
  module.def("register_dialects",
             [](MlirDialectRegistry registry) { mlirRegisterAllDialects(registry); });
  module.def("context_init_hook",
             [](MlirContext context) { mlirRegisterAllLLVMTranslations(context); });
  mlirRegisterAllPasses();
  module.attr("disable_load_all_available_dialects") = true;
}
