#include "podreach/cluster/packed_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace podreach {
namespace {

using nlohmann::json;

bool IsDeeperThan(const json& value, int levels) {
  if (const auto* const object = value.get_ptr<const json::object_t*>()) {
    return levels == 0 || std::ranges::any_of(*object, [&](const auto& member) {
             return IsDeeperThan(member.second, levels - 1);
           });
  }
  if (const auto* const array = value.get_ptr<const json::array_t*>()) {
    return levels == 0 || std::ranges::any_of(*array, [&](const json& item) {
             return IsDeeperThan(item, levels - 1);
           });
  }
  return false;
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
