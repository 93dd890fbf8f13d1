#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/sim/load.h"

namespace podreach::sim {
namespace {

using nlohmann::json;

void AddItems(json document, std::vector<json>& objects) {
  const std::string kind = document.value("kind", "");
  if (!kind.ends_with("List") || !document.contains("items")) {
    objects.push_back(std::move(document));
    return;
  }
  for (json& item : document["items"]) AddItems(std::move(item), objects);
}

Result<void> ReadText(const std::string& name, std::string_view text, std::vector<json>& objects) {
  constexpr std::string_view kSeparator = "\n---\n";
  while (!text.empty()) {
    const std::size_t end = text.find(kSeparator);
    json document = json::parse(text.substr(0, end), nullptr, /*allow_exceptions=*/false);
    if (document.is_discarded() || !document.is_object()) {
      return MakeError(ErrorKind::kInvalidInput, name + ": not JSON documents",
                       "the simulator reads JSON alone, parted by lines of ---");
    }
    AddItems(std::move(document), objects);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + kSeparator.size());
  }
  return {};
}

}  // namespace

Result<std::vector<json>> ReadObjects(const std::filesystem::path& path) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
      const std::string extension = entry.path().extension();
      if (extension == ".json" || extension == ".yaml") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
  } else {
    files.push_back(path);
  }
  std::vector<json> objects;
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    if (!in || !(text << in.rdbuf())) {
      return MakeError(ErrorKind::kInvalidInput, file.string() + ": can't be read");
    }
    if (auto read = ReadText(file.string(), text.str(), objects); !read) return read.error();
  }
  return objects;
}

}  // namespace podreach::sim
