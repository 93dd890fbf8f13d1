#include "podreach/collect/document_file.h"

#include <fstream>

#include "podreach/yaml/yaml_reader.h"

namespace podreach {
namespace {

constexpr std::size_t kMostBytes = 16U << 20U;

class OneDocument final : public YamlHandler {
 public:
  void Document(YamlDocument document) override {
    ++count;
    value = std::move(document.value);
  }
  void Broken(std::size_t line, const std::string& why) override {
    if (problem.empty())
      problem = (why.starts_with("line ") ? "" : "line " + std::to_string(line) + ": ") + why;
  }

  int count = 0;
  nlohmann::json value;
  std::string problem;
};

}  // namespace

std::string DocumentFile::PlaceOf(std::string_view path) const {
  return name + ":" + std::to_string(LineOfField(text, 1, path));
}

Result<DocumentFile> ReadDocumentFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  DocumentFile document;
  document.name = path;
  document.text.resize(kMostBytes + 1);
  file.read(document.text.data(), static_cast<std::streamsize>(document.text.size()));
  document.text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad() || (file.gcount() == 0 && !file.eof()))
    return MakeError(ErrorKind::kInvalidInput, "can't read " + path,
                     "see that it exists and can be read");
  if (document.text.size() > kMostBytes)
    return MakeError(ErrorKind::kInvalidInput, path + " is larger than 16 MiB");
  OneDocument one;
  ReadYaml(document.text, one);
  if (!one.problem.empty()) return MakeError(ErrorKind::kInvalidInput, path + ": " + one.problem);
  if (one.count != 1)
    return MakeError(ErrorKind::kInvalidInput,
                     path + " holds " + (one.count == 0 ? "no document" : "several documents"),
                     "put one into it");
  document.value = std::move(one.value);
  return document;
}

}  // namespace podreach
