#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "podreach/base/result.h"

namespace podreach {

/// A file that is one document of YAML or JSON, as people write it for podreach.
struct DocumentFile {
  nlohmann::json value;
  std::string name;
  std::string text;

  /// "intent.yaml:12": where the field is that a path such as "intents[0].from[1].cidr" names.
  [[nodiscard]] std::string PlaceOf(std::string_view path) const;
};

/// An Error where the file can't be read, is broken, or holds none or several documents. At most
/// 16 MiB are taken.
[[nodiscard]] Result<DocumentFile> ReadDocumentFile(const std::string& path);

}  // namespace podreach
