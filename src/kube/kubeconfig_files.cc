#include "kube/kubeconfig_files.h"

#include <optional>
#include <utility>

#include "kube/file.h"
#include "podreach/base/text.h"
#include "podreach/yaml/yaml_reader.h"

namespace podreach {
namespace {

using nlohmann::json;

Error BadFile(const std::filesystem::path& file, std::size_t line, std::string_view problem) {
  return MakeError(
      ErrorKind::kInvalidInput,
      "kubeconfig " + file.string() + ":" + std::to_string(line) + ": " + CleanText(problem, 256),
      "compare it with `kubectl config view`");
}

/// A field that is wrong, in a file whose text can be read.
Error BadField(const KubeconfigFiles::File& file, std::string_view field,
               std::string_view problem) {
  return BadFile(file.path, LineOfField(file.text, 1, field), problem);
}

/// The first document of a file, or what is wrong with it.
class FirstDocument final : public YamlHandler {
 public:
  void Document(YamlDocument document) override {
    if (!value && !problem) value = std::move(document);
  }
  void Broken(std::size_t line, const std::string& why) override {
    if (!value && !problem) problem.emplace(line, why);
  }

  std::optional<YamlDocument> value;
  std::optional<std::pair<std::size_t, std::string>> problem;
};

/// The index of the entry of this name in one file's section; nothing where it isn't there.
std::optional<std::size_t> FindNamed(const json& root, const char* section, std::string_view name) {
  const json& list = MemberOf(root, section);
  for (std::size_t i = 0; list.is_array() && i < list.size(); ++i) {
    if (list[i].is_object() && MemberOf(list[i], "name") == name) return i;
  }
  return std::nullopt;
}

}  // namespace

const json& MemberOf(const json& object, const char* key) {
  static const json kNull;
  const auto member = object.find(key);
  return member == object.end() ? kNull : *member;
}

Result<KubeconfigFiles::File> KubeconfigFiles::Parse(const std::filesystem::path& path) {
  auto text = ReadFile(path, "the kubeconfig");
  if (text.has_error()) {
    Error error = std::move(text).error();
    error.hint = "name one with --kubeconfig or KUBECONFIG";
    return error;
  }
  FirstDocument first;
  ReadYaml(*text, first, YamlScalars::kTexts);
  if (first.problem) return BadFile(path, first.problem->first, first.problem->second);
  File file{path, *std::move(text), json::object()};
  if (!first.value || first.value->value.is_null()) return file;
  file.root = std::move(first.value->value);
  if (!file.root.is_object()) return BadFile(path, first.value->line, "isn't a mapping");
  for (const char* section : {"clusters", "users", "contexts"}) {
    const json& list = MemberOf(file.root, section);
    if (!list.is_null() && !list.is_array())
      return BadField(file, section, std::string(section) + " isn't a list");
  }
  return file;
}

Result<KubeconfigFiles> KubeconfigFiles::Load(std::span<const std::filesystem::path> files) {
  KubeconfigFiles merged;
  std::optional<Error> missing;
  for (const std::filesystem::path& path : files) {
    auto file = Parse(path);
    if (file.has_error()) {
      if (file.error().kind != ErrorKind::kNotFound) return std::move(file).error();
      if (!missing) missing = std::move(file).error();
      continue;
    }
    const json& current = MemberOf(file->root, "current-context");
    if (merged.current_context_.empty() && current.is_string())
      merged.current_context_ = current.get<std::string>();
    merged.files_.push_back(*std::move(file));
  }
  if (!merged.files_.empty()) return merged;
  if (missing) return *std::move(missing);
  return MakeError(ErrorKind::kNotFound, "no kubeconfig is named",
                   "name one with --kubeconfig or KUBECONFIG");
}

Result<KubeconfigFiles::Entry> KubeconfigFiles::Find(const char* section, const char* key,
                                                     std::string_view name) const {
  const std::string what = std::string(key) + " " + CleanText(name, 128);
  for (const File& file : files_) {
    const auto index = FindNamed(file.root, section, name);
    if (!index) continue;
    const std::string place = std::string(section) + "[" + std::to_string(*index) + "]";
    const json& body = MemberOf(file.root[section][*index], key);
    if (!body.is_object()) return BadField(file, place, what + " has no " + key + " mapping");
    return Entry{body, file, place + "." + key, what};
  }
  return MakeError(ErrorKind::kInvalidInput, "kubeconfig " + FileNames() + ": no " + what);
}

std::string KubeconfigFiles::ContextNames() const {
  std::string names;
  for (const File& file : files_) {
    const json& contexts = MemberOf(file.root, "contexts");
    if (!contexts.is_array()) continue;
    for (const json& context : contexts) {
      if (!context.is_object()) continue;
      const json& name = MemberOf(context, "name");
      if (!name.is_string()) continue;
      if (!names.empty()) names += ", ";
      names += CleanText(name.get<std::string>(), 128);
    }
  }
  return names.empty() ? "none" : names;
}

std::string KubeconfigFiles::FileNames() const {
  std::string names;
  for (const File& file : files_) names += (names.empty() ? "" : ", ") + file.path.string();
  return names;
}

Result<std::string> ScalarField(const KubeconfigFiles::Entry& entry, const char* key) {
  const json& value = MemberOf(entry.body, key);
  if (value.is_null()) return std::string();
  if (value.is_string()) return value.get<std::string>();
  return BadField(entry.file, entry.path + "." + key, entry.what + ": " + key + " isn't a text");
}

}  // namespace podreach
