//===- BuildId.cpp - which build of a library is loaded ----------------------------------===//

#include "lib/Bindings/BuildId.h"

#include <cstdint>
#include <cstring>
#include <elf.h>
#include <link.h>

namespace {
struct Search {
  uintptr_t address;
  std::string id;
};
} // namespace

static size_t align4(size_t size) {
  return (size + 3) & ~size_t(3);
}

/// The description of the NT_GNU_BUILD_ID note in a segment of notes, in hexadecimal.
static std::string findBuildId(const char *notes, size_t size) {
  static const char digits[] = "0123456789abcdef";
  for (const char *end = notes + size; notes + sizeof(ElfW(Nhdr)) <= end;) {
    ElfW(Nhdr) header;
    std::memcpy(&header, notes, sizeof header);
    const char *name = notes + sizeof header;
    const char *description = name + align4(header.n_namesz);
    if (header.n_type == NT_GNU_BUILD_ID && std::strcmp(name, "GNU") == 0) {
      std::string text;
      for (size_t index = 0; index < header.n_descsz; ++index) {
        auto byte = static_cast<unsigned char>(description[index]);
        text += {digits[byte >> 4], digits[byte & 15]};
      }
      return text;
    }
    notes = description + align4(header.n_descsz);
  }
  return {};
}

static int visitLibrary(dl_phdr_info *library, size_t, void *data) {
  auto &search = *static_cast<Search *>(data);
  bool holdsAddress = false;
  std::string id;
  for (int index = 0; index < library->dlpi_phnum; ++index) {
    const ElfW(Phdr) &segment = library->dlpi_phdr[index];
    uintptr_t start = library->dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD)
      holdsAddress |= search.address >= start && search.address < start + segment.p_memsz;
    if (segment.p_type == PT_NOTE && id.empty())
      id = findBuildId(reinterpret_cast<const char *>(start), segment.p_memsz);
  }
  if (holdsAddress)
    search.id = id;
  return holdsAddress;
}

std::string tilework::getBuildId(const void *address) {
  Search search{reinterpret_cast<uintptr_t>(address), {}};
  dl_iterate_phdr(visitLibrary, &search);
  return search.id;
}
