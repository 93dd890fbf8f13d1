#include "podreach/cluster/packed_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace podreach {
namespace {

using nlohmann::json;

bool IsDeeperThan(const json& value, int levels) {
  if (!value.is_structured()) return false;
  return levels == 0 || std::ranges::any_of(value, [&](const json& child) {
           return IsDeeperThan(child, levels - 1);
         });
}

}  // namespace

PackedJson::PackedJson(const json& value) {
  if (value.is_null()) return;
  json::to_cbor(value, bytes_);
  bytes_.shrink_to_fit();
}

json PackedJson::Unpack() const {
  if (bytes_.empty()) return nullptr;
  return json::from_cbor(bytes_, /*strict=*/true, /*allow_exceptions=*/false);
}

bool PackedJson::IsTooDeep(const json& value) { return IsDeeperThan(value, kDeepest); }

}  // namespace podreach
