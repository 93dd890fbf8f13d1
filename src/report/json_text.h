#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace podreach {

/// On one line and ASCII alone, so that no control of a terminal or of the bidirectional algorithm
/// gets out as such. Bytes that aren't UTF-8 become U+FFFD.
[[nodiscard]] inline std::string JsonText(const nlohmann::ordered_json& json) {
  return json.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace podreach
