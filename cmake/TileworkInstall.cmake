# Where things go: shared libraries and generated Python into the package `tilework`, tools beside
# the interpreter. Paths are relative to site-packages, which is the wheel's root.
execute_process(
  COMMAND "${Python_EXECUTABLE}" -c "import os, sysconfig as s; print(os.path.relpath( \
s.get_path('platlib'), s.get_path('scripts')), end='')"
  OUTPUT_VARIABLE TILEWORK_SITE_FROM_SCRIPTS COMMAND_ERROR_IS_FATAL ANY)

function(tilework_install_library target)
  set_target_properties(${target} PROPERTIES
    LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib" INSTALL_RPATH "$ORIGIN")
  install(TARGETS ${target} LIBRARY DESTINATION tilework/_lib COMPONENT Tilework)
endfunction()

# Tools have a component of their own: ./dev links them into .venv/bin from the build directory.
function(tilework_install_tool target)
  set_target_properties(${target} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin"
    INSTALL_RPATH "$ORIGIN/${TILEWORK_SITE_FROM_SCRIPTS}/tilework/_lib")
  if(SKBUILD)
    install(TARGETS ${target} RUNTIME DESTINATION "${SKBUILD_SCRIPTS_DIR}"
      COMPONENT TileworkTools)
  endif()
endfunction()
