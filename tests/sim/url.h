#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace podreach::sim {

/// "a%2Fb" is "a/b"; what isn't an escape stays.
[[nodiscard]] std::string PercentDecoded(std::string_view text);
/// The parts of "/a/b/c", decoded.
[[nodiscard]] std::vector<std::string> PathParts(std::string_view path);
/// "a=1&b" as a map; the first of two of one name counts.
[[nodiscard]] std::map<std::string, std::string> ParseQuery(std::string_view query);
/// Empty where it isn't there.
[[nodiscard]] std::string Value(const std::map<std::string, std::string>& query,
                                const std::string& name);

}  // namespace podreach::sim
