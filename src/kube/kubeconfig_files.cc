#include "kube/kubeconfig_files.h"

#include <utility>

#include "kube/file.h"
#include "podreach/base/text.h"

namespace podreach {
namespace {

Error BadFile(const std::filesystem::path& file, const YAML::Mark& mark, std::string_view problem) {
  std::string place = file.string();
  if (!mark.is_null()) place += ":" + std::to_string(mark.line + 1);
  return MakeError(ErrorKind::kInvalidInput, "kubeconfig " + place + ": " + CleanText(problem, 256),
                   "compare it with `kubectl config view`");
}

/// The entry of this name in one file's section; nothing where it isn't there.
std::optional<YAML::Node> FindNamed(const YAML::Node& root, const char* section,
                                    std::string_view name) {
  const YAML::Node list = root[section];
  if (!list.IsDefined() || !list.IsSequence()) return std::nullopt;
  for (const YAML::Node& entry : list) {
    if (!entry.IsMap()) continue;
    const YAML::Node entry_name = entry["name"];
    if (entry_name.IsDefined() && entry_name.IsScalar() && entry_name.Scalar() == name) {
      return entry;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<KubeconfigFiles::File> KubeconfigFiles::Parse(const std::filesystem::path& path) {
  auto text = ReadFile(path, "the kubeconfig");
  if (text.has_error()) {
    Error error = std::move(text).error();
    error.hint = "name one with --kubeconfig or KUBECONFIG";
    return error;
  }
  try {
    File file{path, YAML::Load(*text)};
    if (file.root.IsNull()) file.root = YAML::Node(YAML::NodeType::Map);
    if (!file.root.IsMap()) return BadFile(path, file.root.Mark(), "isn't a mapping");
    for (const char* section : {"clusters", "users", "contexts"}) {
      const YAML::Node list = std::as_const(file.root)[section];
      if (list.IsDefined() && !list.IsNull() && !list.IsSequence()) {
        return BadFile(path, list.Mark(), std::string(section) + " isn't a list");
      }
    }
    return file;
  } catch (const YAML::Exception& error) {
    return BadFile(path, error.mark, error.msg);
  }
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
    const YAML::Node current = std::as_const(file->root)["current-context"];
    if (merged.current_context_.empty() && current.IsDefined() && current.IsScalar()) {
      merged.current_context_ = current.Scalar();
    }
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
    const std::optional<YAML::Node> entry = FindNamed(file.root, section, name);
    if (!entry) continue;
    const YAML::Node body = std::as_const(*entry)[key];
    if (!body.IsDefined() || !body.IsMap()) {
      return BadFile(file.path, entry->Mark(), what + " has no " + key + " mapping");
    }
    return Entry{body, file.path, what};
  }
  return MakeError(ErrorKind::kInvalidInput, "kubeconfig " + FileNames() + ": no " + what);
}

std::string KubeconfigFiles::ContextNames() const {
  std::string names;
  for (const File& file : files_) {
    const YAML::Node contexts = std::as_const(file.root)["contexts"];
    if (!contexts.IsDefined() || !contexts.IsSequence()) continue;
    for (const YAML::Node& context : contexts) {
      if (!context.IsMap()) continue;
      const YAML::Node name = context["name"];
      if (!name.IsDefined() || !name.IsScalar()) continue;
      if (!names.empty()) names += ", ";
      names += CleanText(name.Scalar(), 128);
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
  const YAML::Node value = std::as_const(entry.body)[key];
  if (!value.IsDefined() || value.IsNull()) return std::string();
  if (value.IsScalar()) return value.Scalar();
  return BadFile(entry.file, value.Mark(), entry.what + ": " + key + " isn't a text");
}

}  // namespace podreach
