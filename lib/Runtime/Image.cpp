//===- Image.cpp - a device image in memory -----------------------------------------*- C++ -*-===//

#include "Image.h"

#include <cstdlib>
#include <dlfcn.h>

namespace tilework::runtime {

static std::string quoted(const std::string &text) {
  return "'" + text + "'";
}

/// Checks what the runtime would otherwise trip over while it runs.
static void checkArguments(const std::string &owner, const tw_arg *args, int32_t numArgs,
                           int32_t numSlots) {
  for (int32_t i = 0; i < numArgs; ++i) {
    const tw_arg &arg = args[i];
    if (!arg.name)
      throw ImageError(owner + ": argument " + std::to_string(i) + " expects a name");
    std::string name = owner + ": argument " + quoted(arg.name);
    if (arg.kind == TW_MEMREF && (arg.rank < 0 || arg.rank > TW_MAX_RANK))
      throw ImageError(name + " expects a rank of at most " + std::to_string(TW_MAX_RANK) +
                       ", but got " + std::to_string(arg.rank));
    int32_t end = arg.slot + (arg.kind == TW_MEMREF ? 2 + 2 * arg.rank : 1);
    if (arg.slot < 0 || end > numSlots)
      throw ImageError(name + " expects slots below " + std::to_string(numSlots) + ", but got " +
                       std::to_string(arg.slot) + " to " + std::to_string(end));
  }
}

Image::Image(const tw_image &table, const std::string &name) : content(table) {
  if (table.magic != TW_IMAGE_MAGIC)
    throw ImageError(quoted(name) + " is not a device image: its magic number is wrong");
  if (table.version != TW_IMAGE_VERSION)
    throw ImageError(quoted(name) + " expects image version " + std::to_string(TW_IMAGE_VERSION) +
                     ", but got " + std::to_string(table.version) + "; compile it again");
  for (int32_t i = 0; i < table.num_kernels; ++i) {
    const tw_kernel &kernel = table.kernels[i];
    checkArguments("kernel " + quoted(kernel.name), kernel.args, kernel.num_args, kernel.num_slots);
  }
  for (int32_t i = 0; i < table.num_entries; ++i) {
    const tw_entry &entry = table.entries[i];
    checkArguments("entry " + quoted(entry.name), entry.args, entry.num_args, entry.num_slots);
  }
}

Image::~Image() {
  if (library)
    dlclose(library);
}

std::shared_ptr<const Image> Image::load(const std::string &path) {
  // A path, never a name to be searched for.
  std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr), &std::free);
  if (!real)
    throw ImageError(quoted(path) + " expects a device image, but there is no such file");
  std::unique_ptr<void, int (*)(void *)> library(dlopen(real.get(), RTLD_NOW | RTLD_LOCAL),
                                                 &dlclose);
  if (!library)
    throw ImageError(quoted(path) + " cannot be loaded: " + dlerror());
  auto *table = static_cast<const tw_image *>(dlsym(library.get(), TW_IMAGE_SYMBOL));
  if (!table)
    throw ImageError(quoted(path) + " is not a device image: it has no symbol '" TW_IMAGE_SYMBOL
                                    "'");
  auto image = std::make_shared<Image>(*table, path);
  image->library = library.release();
  return image;
}

const tw_entry *Image::findEntry(const std::string &name) const {
  for (int32_t i = 0; i < content.num_entries; ++i)
    if (name == content.entries[i].name)
      return &content.entries[i];
  return nullptr;
}

} // namespace tilework::runtime
