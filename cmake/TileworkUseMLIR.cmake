# Finds MLIR 22 with its shared library, and sets the flags code must have to link it.
# Shared by Tilework and by the bindings' wheel.
set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)  # libMLIR.so is not on the loader's path
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()

set(TILEWORK_MLIR_MAJOR 22)
set(MLIR_LINK_MLIR_DYLIB ON)
find_package(MLIR CONFIG QUIET HINTS "/usr/lib/llvm-${TILEWORK_MLIR_MAJOR}/lib/cmake/mlir")
if(NOT MLIR_FOUND)
  message(FATAL_ERROR "Tilework expects MLIR ${TILEWORK_MLIR_MAJOR}, but found none; set "
    "-DMLIR_DIR=<prefix>/lib/cmake/mlir (with ./dev: the environment variable MLIR_DIR)")
endif()
# find_package(MLIR 22) would want exactly 22.0.0, so the version is checked here.
if(NOT LLVM_VERSION_MAJOR EQUAL TILEWORK_MLIR_MAJOR)
  message(FATAL_ERROR "Tilework expects MLIR ${TILEWORK_MLIR_MAJOR}, but got "
    "${LLVM_PACKAGE_VERSION} in ${MLIR_DIR}; set -DMLIR_DIR=<prefix>/lib/cmake/mlir "
    "(with ./dev: the environment variable MLIR_DIR)")
endif()
if(NOT TARGET MLIR OR NOT TARGET LLVM)
  message(FATAL_ERROR "Tilework expects an MLIR built as a shared library (libMLIR.so), but got "
    "only archives in ${MLIR_DIR}; build LLVM with -DLLVM_BUILD_LLVM_DYLIB=ON "
    "-DLLVM_LINK_LLVM_DYLIB=ON -DMLIR_LINK_MLIR_DYLIB=ON")
endif()

list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
set(LLVM_RUNTIME_OUTPUT_INTDIR "${CMAKE_BINARY_DIR}/bin")
set(LLVM_LIBRARY_OUTPUT_INTDIR "${CMAKE_BINARY_DIR}/lib")
set(MLIR_BINARY_DIR "${CMAKE_BINARY_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)
include(HandleLLVMOptions)
include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
separate_arguments(llvm_definitions NATIVE_COMMAND "${LLVM_DEFINITIONS}")
add_definitions(${llvm_definitions})
