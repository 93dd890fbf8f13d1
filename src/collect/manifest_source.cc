#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string_view>

#include "podreach/collect/source.h"
#include "podreach/yaml/yaml_reader.h"

namespace podreach {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxFileBytes = 512U << 20U;
/// How much text is looked through for the lines of fields.
constexpr std::size_t kMostSearched = 64U << 20U;

/// Hands the documents of one file to the parser.
class FileReader final : public YamlHandler {
 public:
  FileReader(std::string name, std::string_view text, ObjectParser& parser)
      : name_(std::move(name)), text_(text), parser_(parser) {}

  void Document(YamlDocument document) override {
    if (document.value.is_null()) return;
    ++objects_;
    parser_.AddManifest(std::move(document.value), [&](std::string_view path) {
      return name_ + ":" + std::to_string(LineOf(document, path));
    });
  }
  void Broken(std::size_t line, const std::string& why) override {
    ++objects_;
    parser_.AddGap({GapKind::kBrokenDocument, {}, why, name_ + ":" + std::to_string(line), {}, {}});
  }
  [[nodiscard]] std::size_t objects() const { return objects_; }

 private:
  /// A field's line is looked for in the text, as long as that isn't too much; then the object's is
  /// said. An object's own path is empty, or "items[3]." in a List.
  [[nodiscard]] std::size_t LineOf(const YamlDocument& document, std::string_view path) {
    std::size_t line = document.line;
    std::size_t item = 0;
    constexpr std::string_view kItems = "items[";
    if (path.starts_with(kItems)) {
      std::from_chars(path.data() + kItems.size(), path.data() + path.size(), item);
      if (item < document.item_lines.size()) line = document.item_lines[item];
      const auto dot = path.find('.');
      if (dot == std::string_view::npos || dot + 1 == path.size()) return line;
    }
    if (path.empty() || searched_ > kMostSearched) return line;
    searched_ += text_.size();
    return LineOfField(text_, document.line, path);
  }

  const std::string name_;
  const std::string_view text_;
  ObjectParser& parser_;
  std::size_t objects_ = 0;  // broken ones, too
  std::size_t searched_ = 0;
};

/// What a look over a JSON document's brackets tells.
struct JsonOutline {
  bool shallow = true;  ///< no deeper than a YAML document may be
  std::vector<std::size_t> item_lines;
};

/// Follows the brackets and the texts between them; of anything but JSON it tells nothing.
class JsonScanner {
 public:
  explicit JsonScanner(std::string_view json) : json_(json) {}

  JsonOutline Run() {
    for (; at_ < json_.size() && outline_.shallow; ++at_) See(json_[at_]);
    return std::move(outline_);
  }

 private:
  void See(char c) {
    constexpr int kMaxDepth = 64;
    switch (c) {
      case '\n':
        ++line_;
        break;
      case '"':
        SkipText();
        break;
      case '{':
      case '[':
        if (depth_ == 2 && in_items_) outline_.item_lines.push_back(line_);
        in_items_ = in_items_ || (depth_ == 1 && c == '[' && key_ == "items");
        outline_.shallow = ++depth_ <= kMaxDepth;
        break;
      case '}':
      case ']':
        if (--depth_ == 1) in_items_ = false;
        break;
      default:
        break;
    }
  }

  void SkipText() {
    const std::size_t begin = at_ + 1;
    for (++at_; at_ < json_.size() && json_[at_] != '"'; ++at_) {
      if (json_[at_] == '\\') ++at_;
    }
    if (depth_ == 1) key_ = json_.substr(begin, std::min(at_, json_.size()) - begin);
  }

  const std::string_view json_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  int depth_ = 0;
  bool in_items_ = false;
  std::string_view key_;  // the last text of the document's own members
  JsonOutline outline_;
};

/// Reads what is one JSON document and nothing else, which is faster than to read it as YAML. False
/// where it isn't: then nothing was read, and the YAML reader says what is wrong.
bool ReadJson(std::string_view text, FileReader& reader) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || text[start] != '{') return false;
  auto outline = JsonScanner(text).Run();
  if (!outline.shallow) return false;
  auto value = nlohmann::json::parse(text, nullptr, false);
  if (value.is_discarded()) return false;
  const auto line = static_cast<std::size_t>(
      1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(start), '\n'));
  reader.Document({line, std::move(value), std::move(outline.item_lines)});
  return true;
}

bool IsManifest(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

/// The manifests below a directory, in order of their names.
Result<std::vector<std::string>> FilesBelow(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code error;
  auto entry = fs::recursive_directory_iterator(directory, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const bool hidden = entry->path().filename().string().starts_with(".");
    std::error_code ignored;
    if (entry->is_directory(ignored)) {
      if (hidden) entry.disable_recursion_pending();
    } else if (!hidden && IsManifest(entry->path())) {
      files.push_back(entry->path().string());
    }
  }
  if (error) {
    return MakeError(ErrorKind::kInvalidInput, "can't read " + directory + ": " + error.message(),
                     "see that it exists and can be read");
  }
  std::ranges::sort(files);
  return files;
}

Result<std::string> ReadFile(const std::string& path) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(path, error);
  if (!error && size > kMaxFileBytes) {
    return MakeError(ErrorKind::kInvalidInput, path + " has more than 512 MiB", "give it in parts");
  }
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) {
    return MakeError(ErrorKind::kInvalidInput, "can't read " + path,
                     "see that it exists and can be read");
  }
  return std::move(text).str();
}

/// Of a workload whose pods are there, the template says nothing new.
void DropSpareTemplates(Snapshot& snapshot) {
  std::set<WorkloadRef> with_pods;
  for (const Pod& pod : snapshot.pods) {
    if (!pod.from_template) with_pods.insert(pod.workload);
  }
  std::erase_if(snapshot.pods, [&](const Pod& pod) {
    return pod.from_template && with_pods.contains(pod.workload);
  });
}

template <class T>
bool HaveOneName(const T& one, const T& other) {
  if (one.name != other.name) return false;
  if constexpr (requires { one.ns; }) {
    return one.ns == other.ns;
  } else {
    return true;
  }
}

/// As `kubectl apply` does it: of two objects of one name the last one counts. `ref` names an
/// object; objects of one name stand beside each other.
template <class T, class Ref>
void KeepTheLast(std::vector<T>& values, std::vector<SnapshotGap>& gaps, const Ref& ref) {
  std::vector<bool> spare(values.size());
  for (std::size_t i = 1; i < values.size(); ++i) {
    for (std::size_t before = i; before-- > 0 && HaveOneName(values[before], values[i]);) {
      if (ref(values[before]) != ref(values[i])) continue;
      std::string reason = "stands there more than once: the last one counts";
      if constexpr (requires { values[i].place; }) {
        reason += ", at " + values[i].place + ", not the one at " + values[before].place;
      }
      gaps.push_back({GapKind::kGivenTwice, ref(values[i]), std::move(reason), {}, {}, {}});
      spare[before] = true;
      break;
    }
  }
  std::size_t i = 0;
  std::erase_if(values, [&](const T&) { return spare[i++]; });
}

void KeepTheLastOfEach(Snapshot& snapshot) {
  auto& gaps = snapshot.gaps;
  KeepTheLast(snapshot.policy_documents, gaps, [](const PolicyDocument& document) {
    return ObjectRef{document.group, "", document.kind, document.ns, document.name};
  });
  KeepTheLast(snapshot.pods, gaps, [](const Pod& pod) {
    return ObjectRef{"", "", pod.from_template ? pod.workload.kind : "Pod", pod.ns, pod.name};
  });
  KeepTheLast(snapshot.services, gaps, [](const Service& service) {
    return ObjectRef{"", "", "Service", service.ns, service.name};
  });
  KeepTheLast(snapshot.namespaces, gaps, [](const Namespace& ns) {
    return ObjectRef{"", "", "Namespace", "", ns.name};
  });
  KeepTheLast(snapshot.nodes, gaps, [](const Node& node) {
    return ObjectRef{"", "", "Node", "", node.name};
  });
}

/// Pods that were written, not exported: no API server has given them a UID, no kubelet a status.
void ExpectPodsToRun(Snapshot& snapshot) {
  for (Pod& pod : snapshot.pods) {
    if (!pod.uid.empty() || !pod.ips.empty() || pod.phase != PodPhase::kUnknown) continue;
    pod.phase = PodPhase::kRunning;
    pod.from_template = true;
  }
}

/// The labels that controllers will put on a template's pods, and of which no manifest knows the
/// value.
std::vector<std::string> LabelsOfControllers(const Snapshot& snapshot) {
  std::set<std::string> keys;
  for (const Pod& pod : snapshot.pods) {
    if (!pod.from_template) continue;
    const std::string& kind = pod.workload.kind;
    if (kind == "Deployment" || kind == "ReplicaSet") keys.insert("pod-template-hash");
    if (kind == "StatefulSet" || kind == "DaemonSet") keys.insert("controller-revision-hash");
    if (kind == "DaemonSet") keys.insert("pod-template-generation");
    if (kind == "StatefulSet")
      keys.insert({"statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"});
    if (kind == "Job" || kind == "CronJob")
      keys.insert({"controller-uid", "batch.kubernetes.io/controller-uid"});
    if (kind == "CronJob") keys.insert({"job-name", "batch.kubernetes.io/job-name"});
  }
  return {keys.begin(), keys.end()};
}

void AddMissingNamespaces(Snapshot& snapshot) {
  std::set<std::string> missing;
  for (const Pod& pod : snapshot.pods) missing.insert(pod.ns);
  for (const PolicyDocument& policy : snapshot.policy_documents) {
    if (!policy.ns.empty()) missing.insert(policy.ns);
  }
  for (const Service& service : snapshot.services) missing.insert(service.ns);
  for (const Namespace& ns : snapshot.namespaces) missing.erase(ns.name);
  for (const std::string& name : missing) {
    Namespace ns;
    ns.name = name;
    ns.labels["kubernetes.io/metadata.name"] = name;
    snapshot.namespaces.push_back(std::move(ns));
    snapshot.gaps.push_back({GapKind::kNamespaceNotGiven,
                             {"", "v1", "Namespace", "", name},
                             "not in the manifests: taken to have no label but its name's",
                             {},
                             {},
                             {}});
  }
  std::ranges::stable_sort(snapshot.namespaces, {}, &Namespace::name);
}

}  // namespace

Result<Snapshot> CollectManifests(const std::vector<std::string>& paths, std::istream& input,
                                  PolicyKindList policy_kinds) {
  ObjectParser parser(policy_kinds);
  std::size_t objects = 0;
  const auto read = [&](const std::string& name, std::string_view text) {
    FileReader reader(name, text, parser);
    if (!ReadJson(text, reader)) ReadYaml(text, reader);
    objects += reader.objects();
  };
  for (const std::string& path : paths) {
    if (path == "-") {
      std::ostringstream text;
      text << input.rdbuf();
      read("(stdin)", text.str());
      continue;
    }
    std::error_code ignored;
    std::vector<std::string> files{path};
    if (fs::is_directory(path, ignored)) {
      auto below = FilesBelow(path);
      if (!below) return below.error();
      files = *std::move(below);
    }
    for (const std::string& file : files) {
      const auto text = ReadFile(file);
      if (!text) return text.error();
      read(file, *text);
    }
  }
  if (objects == 0) {
    return MakeError(ErrorKind::kInvalidInput, "no object in the manifests given",
                     "name files or directories with .yaml, .yml or .json in them, or - for stdin");
  }
  Snapshot snapshot = std::move(parser).Finish();
  snapshot.cluster = paths.front();
  KeepTheLastOfEach(snapshot);
  DropSpareTemplates(snapshot);
  snapshot.labels_to_come = LabelsOfControllers(snapshot);
  ExpectPodsToRun(snapshot);
  AddMissingNamespaces(snapshot);
  return snapshot;
}

std::string FieldPlaces::Of(const std::string& object_place, std::string_view path) {
  const std::size_t colon = object_place.rfind(':');
  if (colon == std::string::npos || path.empty()) return object_place;
  std::size_t line = 0;
  const char* const end = object_place.data() + object_place.size();
  if (std::from_chars(object_place.data() + colon + 1, end, line).ptr != end) return object_place;
  std::string file = object_place.substr(0, colon);
  if (file != file_) {
    std::error_code error;
    const std::uintmax_t size = fs::is_regular_file(file, error) ? fs::file_size(file, error) : 0;
    if (error || size == 0 || size > kMostSearched) return object_place;
    auto text = ReadFile(file);
    if (!text) return object_place;
    text_ = *std::move(text);
    file_ = std::move(file);
  }
  if (read_ > kMostSearched) return object_place;
  read_ += text_.size();
  return file_ + ":" + std::to_string(LineOfField(text_, line, path));
}

}  // namespace podreach
