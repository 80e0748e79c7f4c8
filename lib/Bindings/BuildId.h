//===- BuildId.h - which build of a library is loaded -------------------------*- C++ -*-===//

#ifndef TILEWORK_BINDINGS_BUILDID_H
#define TILEWORK_BINDINGS_BUILDID_H

#include <string>

namespace tilework {

/// The linker's identification, in hexadecimal, of the loaded library that `address` lies in;
/// empty where it was linked without one. Read from memory: the file may be another build by now.
std::string getBuildId(const void *address);

} // namespace tilework

#endif // TILEWORK_BINDINGS_BUILDID_H
