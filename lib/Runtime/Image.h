//===- Image.h - a device image in memory -------------------------------------------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_IMAGE_H
#define TILEWORK_RUNTIME_IMAGE_H

#include "ImageAbi.h"

#include <memory>
#include <stdexcept>
#include <string>

namespace tilework::runtime {

/// The file is not an image this runtime can run.
class ImageError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Image {
public:
  /// Loads the shared object at `path`; it stays loaded as long as the object lives. The file must
  /// not be overwritten meanwhile. Throws ImageError.
  static std::shared_ptr<const Image> load(const std::string &path);

  /// An image that is part of this program. Throws ImageError.
  explicit Image(const tw_image &table, const std::string &name = "image");
  ~Image();
  Image(const Image &) = delete;
  Image &operator=(const Image &) = delete;

  const tw_image &table() const { return content; }
  /// Null when there is no such entry.
  const tw_entry *findEntry(const std::string &name) const;

private:
  const tw_image &content;
  void *library = nullptr;
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_IMAGE_H
