# Extensions on top of the bindings' wheel (cmake/mlir-bindings): they link the wheel's own nanobind,
# C API and support library, so that types and contexts pass between the two.
execute_process(
  COMMAND "${Python_EXECUTABLE}" -c "import importlib.util as u; s = u.find_spec('tilework_mlir'); \
print(next(iter(s.submodule_search_locations)) if s else '', end='')"
  OUTPUT_VARIABLE TILEWORK_MLIR_PYTHON COMMAND_ERROR_IS_FATAL ANY)
if(NOT EXISTS "${TILEWORK_MLIR_PYTHON}/built-against.txt")
  message(FATAL_ERROR "Tilework expects its MLIR bindings (wheel tilework-mlir) installed for "
    "${Python_EXECUTABLE}, but got none; run ./dev build, which builds and installs them")
endif()
file(STRINGS "${TILEWORK_MLIR_PYTHON}/built-against.txt" built_against LIMIT_COUNT 1)
if(NOT built_against STREQUAL LLVM_PACKAGE_VERSION)
  message(FATAL_ERROR "Tilework expects MLIR bindings built against ${LLVM_PACKAGE_VERSION}, but "
    "got ${built_against} in ${TILEWORK_MLIR_PYTHON}; run ./dev build, which replaces them")
endif()

set(bindings_libraries "${TILEWORK_MLIR_PYTHON}/_mlir_libs")
add_library(TileworkMlirBindings INTERFACE)
target_link_libraries(TileworkMlirBindings INTERFACE
  "${bindings_libraries}/libTileworkMlirCAPI.so"
  "${bindings_libraries}/libMLIRPythonSupport-tilework.so"
  "${bindings_libraries}/libnanobind-tilework.so")
target_include_directories(TileworkMlirBindings SYSTEM INTERFACE
  "${NB_DIR}/include" ${Python_INCLUDE_DIRS})
target_compile_definitions(TileworkMlirBindings INTERFACE
  MLIR_PYTHON_PACKAGE_PREFIX=tilework_mlir.
  MLIR_BINDINGS_PYTHON_DOMAIN=tilework NB_DOMAIN=tilework NB_SHARED)
target_compile_options(TileworkMlirBindings INTERFACE
  -frtti -fexceptions -fno-strict-aliasing -Wno-cast-qual -Wno-pedantic -Wno-unused-parameter)

# tilework_python_module(name source…): the extension module tilework.<name>
function(tilework_python_module name)
  add_library(${name} MODULE ${ARGN})
  nanobind_extension(${name})  # the interpreter's file name suffix
  nanobind_link_options(${name})
  nanobind_set_visibility(${name})
  # Python loads extensions privately, and what several libraries define, such as the identities of
  # MLIR's traits, is resolved in the order linked: MLIR's own come before libTilework's copies.
  target_link_options(${name} PRIVATE LINKER:--push-state,--no-as-needed
    "$<TARGET_FILE:LLVM>" "$<TARGET_FILE:MLIR>" LINKER:--pop-state)
  target_link_libraries(${name} PRIVATE Tilework TileworkMlirBindings)
  set_target_properties(${name} PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/python"
    INSTALL_RPATH "$ORIGIN/_lib;$ORIGIN/../tilework_mlir/_mlir_libs")
  install(TARGETS ${name} LIBRARY DESTINATION tilework COMPONENT Tilework)
endfunction()
