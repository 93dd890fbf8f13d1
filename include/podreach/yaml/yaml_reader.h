#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "podreach/base/result.h"

namespace podreach {

/// One document of a YAML stream, as the JSON that an API server would get of it.
struct YamlDocument {
  std::size_t line = 0;  ///< of its first node, from 1
  nlohmann::json value;
  std::vector<std::size_t> item_lines = {};  ///< of its items, where it is a List
};

/// Takes documents and what is wrong with those that can't be read: an Error whose message begins
/// with "line N: ".
class YamlHandler {
 public:
  virtual ~YamlHandler() = default;
  virtual void Document(YamlDocument document) = 0;
  virtual void Broken(std::size_t line, const std::string& why) = 0;
};

/// What becomes of plain scalars such as 080, yes or 1.5. An empty one, ~ and null are null in
/// either case.
enum class YamlScalars : std::uint8_t {
  kTyped,  ///< null, booleans and numbers, as Kubernetes' tools read them
  kTexts,  ///< texts as they are written
};

/// Reads a stream of YAML 1.1 documents, which JSON is one of, as Kubernetes' tools do: plain
/// scalars become null, booleans (yes, no, on and off, too), integers and floats; merge keys merge;
/// a key that comes twice is an error. Each document is read by itself: a broken one doesn't hide
/// the others. What it may cost is bounded: 64 levels, 1 MiB in a scalar, and as many nodes by
/// aliases as 16 times the document's bytes; an alias inside its own anchor is refused.
void ReadYaml(std::string_view text, YamlHandler& handler,
              YamlScalars scalars = YamlScalars::kTyped);

/// The line of the field that a path such as "spec.ingress[0].from[1].ipBlock.cidr" names, in the
/// document that begins at `line`, or of the last part of the path that is there.
[[nodiscard]] std::size_t LineOfField(std::string_view text, std::size_t line,
                                      std::string_view path);

}  // namespace podreach
