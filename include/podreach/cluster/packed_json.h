#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace podreach {

/// A JSON value in a few bytes. A snapshot keeps thousands of policies, and each is looked at once:
/// packed, a policy takes a tenth of the memory that its tree of values takes.
class PackedJson {
 public:
  /// Holds null.
  PackedJson() = default;
  /// The value must not be nested deeper than kDeepest.
  explicit PackedJson(const nlohmann::json& value);
  [[nodiscard]] nlohmann::json Unpack() const;

  friend bool operator==(const PackedJson&, const PackedJson&) = default;

  /// Packing and unpacking recurse.
  static constexpr int kDeepest = 128;
  [[nodiscard]] static bool IsTooDeep(const nlohmann::json& value);

 private:
  std::string bytes_;  // CBOR (RFC 8949); empty for null
};

}  // namespace podreach
