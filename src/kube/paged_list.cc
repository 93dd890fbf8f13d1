#include <nlohmann/json.hpp>
#include <string>
#include <unordered_set>
#include <utility>

#include "kube/api_error.h"
#include "kube/resource_path.h"
#include "podreach/base/text.h"
#include "podreach/kube/kube_client.h"

namespace podreach {
namespace {

using nlohmann::json;

/// A list that expires this often is one that the server can't hold long enough.
constexpr int kMaxRestarts = 3;

std::string Text(const json& object, const char* key) {
  if (!object.is_object()) return {};
  const auto field = object.find(key);
  return field != object.end() && field->is_string() ? field->get<std::string>() : std::string();
}

/// What tells an object from every other: its uid, or where a server gives none, namespace and
/// name.
std::string Identity(const json& item) {
  if (!item.is_object() || !item.contains("metadata")) return {};
  const json& metadata = item.at("metadata");
  std::string uid = Text(metadata, "uid");
  if (!uid.empty()) return uid;
  const std::string name = Text(metadata, "name");
  return name.empty() ? std::string() : Text(metadata, "namespace") + "/" + name;
}

/// Hands a page's items on, each object once however often it is listed.
class PageReader {
 public:
  explicit PageReader(const std::function<void(json&)>& each) : each_(each) {}

  /// Gives the continue token; empty after the last page.
  [[nodiscard]] Result<std::string> Read(std::string_view what, json& page) {
    if (!page.is_object()) return Corrupt(what, "the reply isn't a list");
    std::string kind = Text(page, "kind");
    if (!kind.ends_with("List"))
      return Corrupt(what, "the reply is of kind " + CleanText(kind, 64));
    kind.resize(kind.size() - 4);
    const std::string api_version = Text(page, "apiVersion");
    const auto items = page.find("items");
    if (items != page.end() && !items->is_null()) {
      if (!items->is_array()) return Corrupt(what, "items isn't an array");
      for (json& item : *items) Deliver(item, kind, api_version);
    }
    const auto metadata = page.find("metadata");
    if (metadata != page.end()) resource_version_ = Text(*metadata, "resourceVersion");
    return metadata != page.end() ? Text(*metadata, "continue") : std::string();
  }
  /// The last page's: all pages of one list have the same.
  [[nodiscard]] const std::string& resource_version() const { return resource_version_; }

 private:
  static Error Corrupt(std::string_view what, std::string_view problem) {
    return MakeError(ErrorKind::kCorrupt, std::string(what) + ": " + std::string(problem));
  }

  void Deliver(json& item, const std::string& kind, const std::string& api_version) {
    std::string identity = Identity(item);
    if (!identity.empty() && !seen_.insert(std::move(identity)).second) return;
    if (item.is_object()) {
      // A list of mixed kinds, "List" itself, says each item's own.
      if (!item.contains("kind") && !kind.empty()) item["kind"] = kind;
      if (!item.contains("apiVersion")) item["apiVersion"] = api_version;
    }
    each_(item);
  }

  const std::function<void(json&)>& each_;
  std::unordered_set<std::string> seen_;
  std::string resource_version_;
};

}  // namespace

Result<void> KubeClient::List(const ResourcePath& path, std::string_view query,
                              const std::function<void(json& item)>& each,
                              const std::stop_token& stop) {
  auto version = ListForWatch(path, query, each, stop);
  if (version.has_error()) return std::move(version).error();
  return {};
}

Result<std::string> KubeClient::ListForWatch(const ResourcePath& path, std::string_view query,
                                             const std::function<void(json& item)>& each,
                                             const std::stop_token& stop) {
  const std::string what = Describe("list", path);
  PageReader reader(each);
  std::string token;
  for (int restarts = 0;;) {
    const std::string rest = token.empty() ? "" : "continue=" + PercentEncode(token);
    HttpRequest request;
    request.path = WithQuery(path.ToString(), {"limit=500", query, rest});
    auto answer = TrySend(request, Repeat::kAlways, counts_.list, stop);
    if (answer.has_error()) return std::move(answer).error();
    const HttpResponse& response = answer->response;
    if (response.status == 410 && restarts < kMaxRestarts) {
      ++restarts;
      token.clear();
      continue;
    }
    if (!IsSuccess(response.status)) return ApiError(what, response);
    auto page = ParseJson(what, response.body, ReplyShape::kListWithoutManagedFields);
    if (page.has_error()) return std::move(page).error();
    auto next = reader.Read(what, *page);
    if (next.has_error()) return std::move(next).error();
    if (next->empty()) return reader.resource_version();
    if (*next == token) {
      return MakeError(ErrorKind::kCorrupt, what + ": the server repeats one page for ever");
    }
    token = *std::move(next);
  }
}

}  // namespace podreach
