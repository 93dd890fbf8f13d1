#include <nlohmann/json.hpp>

#include "collect/parse.h"

namespace podreach {
namespace {

using nlohmann::json;

/// What dialects look at of an object's metadata: its labels and annotations, but for those in
/// which kubectl keeps the object once more.
json KeptMetadata(json& metadata) {
  json kept = json::object();
  if (!metadata.is_object()) return kept;
  for (const char* key : {"labels", "annotations"}) {
    const auto found = metadata.find(key);
    if (found != metadata.end() && found->is_object() && !found->empty()) kept[key] = *found;
  }
  if (const auto notes = kept.find("annotations"); notes != kept.end())
    notes->erase("kubectl.kubernetes.io/last-applied-configuration");
  return kept;
}

}  // namespace

std::optional<PolicyDocument> ParsePolicyDocument(const Field& object, json& json_object,
                                                  const PolicyKind& kind) {
  const std::optional<ObjectName> name = ParseName(object);
  if (!name) return std::nullopt;
  if (PackedJson::IsTooDeep(json_object)) {
    object.AddProblem("is nested too deeply to be evaluated");
    return std::nullopt;
  }
  const std::string api_version = object.At("apiVersion").Text();
  PolicyDocument document;
  document.group = std::string(kind.group);
  document.version = api_version.substr(api_version.find('/') + 1);
  document.kind = std::string(kind.kind);
  if (kind.namespaced) document.ns = name->ns;
  document.name = name->name;
  json kept = json::object();
  for (auto& [key, value] : json_object.items()) {
    if (key == "apiVersion" || key == "kind" || key == "status") continue;
    if (key == "metadata") {
      if (json metadata = KeptMetadata(value); !metadata.empty())
        kept["metadata"] = std::move(metadata);
    } else {
      kept[key] = std::move(value);
    }
  }
  document.object = PackedJson(kept);
  return document;
}

}  // namespace podreach
