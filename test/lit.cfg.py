"""IR tests: `.mlir` files whose RUN lines call tile-opt and FileCheck."""

import os

import lit.formats

config.name = "tilework"
config.test_format = lit.formats.ShTest()
config.suffixes = [".mlir"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.join(config.tilework_source, "test")
config.test_exec_root = os.path.join(config.tilework_build, "test")

tools = os.path.join(config.tilework_build, "bin")
config.environment["PATH"] = os.pathsep.join([tools, config.llvm_tools, os.environ["PATH"]])
# Whatever prints colour when it likes would make a CHECK line match on one terminal only.
config.environment["NO_COLOR"] = "1"
config.substitutions.append(("%python", config.python))
