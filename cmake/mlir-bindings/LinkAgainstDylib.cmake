# Two places where upstream's CMake would link a second, static copy of MLIR or LLVM.

# Extensions link LLVMSupport, an archive: let the name stand for the shared library.
get_target_property(configurations LLVMSupport IMPORTED_CONFIGURATIONS)
foreach(configuration ${configurations})
  set_target_properties(LLVMSupport PROPERTIES
    IMPORTED_LOCATION_${configuration} "${LLVM_LIBRARY_DIR}/libLLVM.so")
endforeach()
set_target_properties(LLVMSupport PROPERTIES INTERFACE_LINK_LIBRARIES "")

# Upstream aggregates the C API from object libraries, which distributions do not install: take the
# archives whole, and what they need from libMLIR.so and libLLVM.so.
function(add_mlir_aggregate name)
  cmake_parse_arguments(ARG "SHARED;STATIC;DISABLE_INSTALL" "" "PUBLIC_LIBS;EMBED_LIBS" ${ARGN})
  file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp" "")
  add_library(${name} SHARED "${CMAKE_CURRENT_BINARY_DIR}/${name}.cpp")
  set(archives)
  foreach(library ${ARG_EMBED_LIBS})
    list(APPEND archives "$<TARGET_FILE:${library}>")
  endforeach()
  target_link_options(${name} PRIVATE
    "LINKER:--whole-archive" ${archives} "LINKER:--no-whole-archive" "LINKER:-z,defs")
  target_link_libraries(${name} PRIVATE MLIR LLVM ${ARG_PUBLIC_LIBS})
  set_property(TARGET ${name} PROPERTY LINK_DEPENDS "${archives}")
endfunction()
